"""The C library against its definition, on every instruction set that this machine has."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from kernels.cpu import reference
from kernels.cpu.library import LANES, kernel_sets
from kernels.cpu.packing import Int8Matrix, pack_codes, pack_matrix, pack_pair, pad_scale
from kernels.cpu.step import GATED, CpuStep, Extension, Workers
from tests.int8_models import SIZES, random_model, random_tokens

ROOM = 640
ROWS = (1, 2, 3, 5, 7, 8, 9, 16, 17, 63)
SETS = kernel_sets()


@pytest.fixture(params=SETS)
def kernels(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


class Cache:
    """Room for one sequence; what no token has written is no number."""

    def __init__(self, n_layers: int = 2) -> None:
        G, D = SIZES.n_kv_heads, SIZES.head_dim
        shape = (n_layers, G, ROOM // LANES, D, LANES)
        self.keys = np.full(shape, np.nan, dtype=np.float32)
        self.values = np.full((n_layers, G, ROOM, 16), np.nan, dtype=np.float32)
        self.length = 0

    def next(self, tokens: list[int]) -> Extension:
        extension = Extension(tokens, self.keys, self.values, self.length, ROOM)
        self.length += len(tokens)
        return extension


def run(step: CpuStep, tokens: list[int], *cuts: int) -> torch.Tensor:
    """Logits after every token of a sequence that is fed in pieces which end at `cuts`."""
    cache, found, start = Cache(), [], 0
    for end in (*cuts, len(tokens)):
        found.append(step([cache.next(tokens[start:end])], range(end - start))[0])
        start = end
    return torch.cat(found)


def random_matrix(n: int, k: int) -> Int8Matrix:
    random = torch.Generator().manual_seed(n * 1000 + k)
    codes = torch.randint(-127, 128, (n, k), generator=random).to(torch.int8)
    return Int8Matrix(pack_codes(codes), pad_scale(torch.rand(n, generator=random)), n, k)


def test_the_asked_kernels_run_and_the_best_are_the_default(kernels: str) -> None:
    assert Workers(1, kernels).kernels == kernels
    assert Workers(1).kernels == SETS[0]


def test_kernels_that_the_machine_lacks_are_one_clear_line() -> None:
    with pytest.raises(ValueError, match=r"cannot run the kernels 'vax'; these it can: .*plain"):
        Workers(1, "vax")


@pytest.mark.parametrize("m", ROWS)
def test_products_of_one_group_are_the_same_bits_as_the_definition(kernels: str, m: int) -> None:
    workers = Workers(2, kernels)
    for n, k in ((1, 1), (16, 4), (17, 63), (33, 126), (64, 128)):
        x = torch.randn(m, k, generator=torch.Generator().manual_seed(m))
        matrix = random_matrix(n, k)
        assert torch.equal(workers.linear(x, matrix), reference.linear(x, matrix)), (n, k)


@pytest.mark.parametrize("m", ROWS)
def test_products_of_many_groups_are_as_defined(kernels: str, m: int) -> None:
    workers = Workers(2, kernels)
    for n, k in ((31, 130), (40, 897), (96, 896)):
        x = torch.randn(m, k, generator=torch.Generator().manual_seed(m))
        matrix = random_matrix(n, k)
        expected = reference.linear(x, matrix)
        error = (workers.linear(x, matrix) - expected).abs().max() / expected.abs().max()
        assert float(error) < 1e-6, (n, k)


def test_sums_of_the_largest_codes_do_not_saturate(kernels: str) -> None:
    for sign in (1, -1):
        codes = torch.full((16, 896), 127 * sign, dtype=torch.int8)
        matrix = Int8Matrix(pack_codes(codes), torch.ones(16), 16, 896)
        x = torch.full((9, 896), 127.0)
        expected = torch.full((9, 16), 127.0 * 127 * 896 * sign)
        assert torch.equal(Workers(1, kernels).linear(x, matrix), expected)


def test_a_long_prompt_of_rows_is_the_same_bits_as_its_rows_alone(kernels: str) -> None:
    workers, matrix = Workers(2, kernels), random_matrix(80, 300)
    x = torch.randn(512, 300, generator=torch.Generator().manual_seed(0))
    whole = workers.linear(x, matrix)
    for row in (0, 7, 8, 255, 511):
        assert torch.equal(workers.linear(x[row : row + 1], matrix)[0], whole[row])


@pytest.mark.parametrize("m", [1, 3, 17])
def test_gated_products_are_as_defined(kernels: str, m: int) -> None:
    random = torch.Generator().manual_seed(m)
    x, gate, up = (torch.randn(n, 140, generator=random) * 3 for n in (m, 37, 37))
    pair = pack_pair(gate, up)
    found, expected = Workers(2, kernels).linear(x, pair, GATED), reference.gated(x, pair)
    assert float((found - expected).abs().max() / expected.abs().max()) < 1e-5


HOSTILE = {
    "zeros": [0.0, 0.0, 0.0],
    "huge": [1e30, -3e38, 1.0],
    "tiny": [1e-31, -1e-38, 1e-45],
    "no number": [math.nan, 1.0, 2.0],
    "infinite": [math.inf, 1.0, -math.inf],
    "ties": [127.0, 0.5, 1.5, 2.5, -0.5, -1.5],
}


@pytest.mark.parametrize("values", HOSTILE.values(), ids=HOSTILE)
def test_hostile_rows_are_quantised_as_defined(kernels: str, values: list[float]) -> None:
    for k in (1, 3, 15, 16, 17, 128, 131, 300):
        x = torch.linspace(-1.0, 1.0, k) * (values[-1] if math.isfinite(values[-1]) else 1.0)
        x[: len(values)] = torch.tensor(values[:k])
        codes, scale = Workers(1, kernels).quantize(x)
        expected_codes, expected_scale = reference.quantize_rows(x[None])
        assert torch.equal(codes, expected_codes[0]), k
        assert torch.equal(scale.nan_to_num(-1.0), expected_scale[0].nan_to_num(-1.0)), k


def test_a_row_without_numbers_has_none_and_its_neighbours_do(kernels: str) -> None:
    x = torch.ones(3, 140)
    x[1, 5] = math.nan
    found = Workers(1, kernels).linear(x, random_matrix(20, 140))
    assert found[1].isnan().all()
    assert found[[0, 2]].isfinite().all()


def test_the_decoder_is_as_defined(kernels: str) -> None:
    for bias in (True, False):
        model, tokens = random_model(bias=bias), random_tokens(300)
        found = run(CpuStep(model, Workers(2, kernels)), tokens)
        expected = reference.forward(model, torch.tensor(tokens))
        # A sum that is rounded otherwise can move a code by one.
        assert float((found - expected).norm() / expected.norm()) < 3e-3


def test_cuts_threads_and_company_change_no_bit(kernels: str) -> None:
    model, tokens = random_model(), random_tokens(530)
    alone = run(CpuStep(model, Workers(1, kernels)), tokens)
    for n_threads in (1, 2, 3):
        step = CpuStep(model, Workers(n_threads, kernels))
        assert torch.equal(run(step, tokens), alone), "another run or other threads"
        for cuts in ((1, 2, 5, 14, 30, 255, 256, 257, 300, 511, 512, 513), (250, 262, 506, 519)):
            assert torch.equal(run(step, tokens, *cuts), alone), "other pieces"
        first, second = Cache(), Cache()
        step([first.next(tokens[:40])], [])
        company = [second.next(random_tokens(33, seed=1)), first.next(tokens[40:300])]
        logits, _ = step(company, range(33, 33 + 260))
        assert torch.equal(logits, alone[40:300]), "beside another sequence"
        few = [second.next([5, 6]), first.next(tokens[300:310])]
        assert torch.equal(step(few, range(2, 12))[0], alone[300:310]), "beside a shorter one"


def test_every_wanted_row_has_its_largest_logit_named(kernels: str) -> None:
    step = CpuStep(random_model(), Workers(2, kernels))
    logits, best = step([Cache().next(random_tokens(20))], [3, 19, 4])
    assert logits.shape == (3, SIZES.vocab)
    assert best.tolist() == logits.argmax(-1).tolist()


def test_weights_that_are_no_numbers_name_no_token(kernels: str) -> None:
    model = random_model()
    model.final_norm[0] = math.nan
    _, best = CpuStep(model, Workers(1, kernels))([Cache().next([1, 2])], [0, 1])
    assert best.tolist() == [-1, -1]


def test_a_checkpoint_that_raises_ends_the_pass_and_the_next_one_is_whole(kernels: str) -> None:
    model, tokens = random_model(), random_tokens(50)
    step, cache, seen = CpuStep(model, Workers(3, kernels)), Cache(), []

    def checkpoint() -> None:
        seen.append(1)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        step([Extension(tokens, cache.keys, cache.values, 0, ROOM)], [49], checkpoint)
    assert len(seen) == 2
    found, _ = step([cache.next(tokens)], range(50), checkpoint)
    assert torch.equal(found, run(step, tokens))


@pytest.mark.parametrize(
    ("tokens", "length", "what"),
    [([77], 0, "vocabulary"), ([-1], 0, "vocabulary"), ([], 0, "0 tokens"), ([1], 640, "640")],
)
def test_what_would_lie_outside_memory_is_refused(
    tokens: list[int], length: int, what: str
) -> None:
    cache = Cache()
    step = CpuStep(random_model(), Workers(1))
    with pytest.raises(ValueError, match=what):
        step([Extension(tokens, cache.keys, cache.values, length, ROOM)], [0])


def test_positions_beyond_the_rotary_tables_are_refused() -> None:
    cache = Cache()
    with pytest.raises(ValueError, match="8 positions"):
        CpuStep(random_model(positions=8), Workers(1))([cache.next([1] * 9)], [0])


def test_a_matrix_packed_by_rows_is_the_product_of_its_rows() -> None:
    random = torch.Generator().manual_seed(3)
    w, x = torch.randn(50, 70, generator=random), torch.randn(4, 70, generator=random)
    found = Workers(1).linear(x, pack_matrix(w))
    assert float((found - x @ w.T).norm() / (x @ w.T).norm()) < 0.01
