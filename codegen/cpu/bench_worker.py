"""Our own engine behind the bench's lines of JSON, in a process of its own as the peers are."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence

from codegen.cpu.opening import cpu_dtype, open_cpu_decoder
from codegen.decoder import Decoder, Segment
from codegen.errors import LeadsmanError
from codegen.kv_cache import SequenceCache
from codegen.loading.convert import ensure_converted
from codegen.store.store import Store

CONTEXT = 8704


class Timed:
    """A decoder and one cache that is cut back after each measurement."""

    def __init__(self, decoder: Decoder) -> None:
        """Makes the cache; tokens are any, for speed does not depend on them."""
        self._decoder = decoder
        self._cache: SequenceCache = decoder.new_cache(CONTEXT)
        config = decoder.config
        vocab = 1 if config is None else config.vocab
        self._tokens = [i * 7919 % vocab for i in range(CONTEXT)]

    def seconds(self, n: int, context: int = 0) -> float:
        """The time of a step of `n` tokens behind `context` cached ones."""
        if self._cache.length < context:
            self._cache.truncate(0)
            self._score(self._tokens[:context])
        self._cache.truncate(context)
        started = time.perf_counter()
        self._score(self._tokens[:n])
        return time.perf_counter() - started

    def _score(self, token_ids: Sequence[int]) -> None:
        if token_ids:
            self._decoder.score([Segment(token_ids, self._cache)])


def main(arguments: list[str] | None = None) -> int:
    """Serves until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m codegen.cpu.bench_worker", description=__doc__)
    parser.add_argument("model", help="a name of `leadsman model list`, or a path")
    parser.add_argument("weights", choices=["int8", "bf16"])
    options = parser.parse_args(arguments)
    try:
        dtype = cpu_dtype(options.weights)
        folder = ensure_converted(Store().find(options.model), dtype=dtype)
        started = time.perf_counter()
        decoder = open_cpu_decoder(folder, dtype, CONTEXT)
    except LeadsmanError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    decoder.warm_up()
    load_s = time.perf_counter() - started
    timed = Timed(decoder)
    _say({"name": f"leadsman {decoder.weights_name}", "load_s": load_s})
    for line in sys.stdin:
        asked = json.loads(line)
        _say({"s": timed.seconds(asked["n"], asked.get("context", 0))})
    return 0


def _say(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
