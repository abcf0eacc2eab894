"""How an editor's JSON becomes options."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_server.completion.query import CompletionOptions
from lsp_server.options import Options, SecurityOptions, read_options


@pytest.mark.parametrize("raw", [None, {}, []])
def test_no_settings_mean_the_defaults(raw: Any) -> None:
    assert read_options(raw) == (Options(), [])


def test_keys_may_be_written_both_ways() -> None:
    options, warnings = read_options(
        {
            "model": "qwen2.5-coder-1.5b",
            "disabledLanguages": ["markdown"],
            "completion": {"maxNewTokens": 12, "max_lines": 3, "multiline": "never"},
        }
    )
    assert warnings == []
    assert options == Options(
        model="qwen2.5-coder-1.5b",
        disabled_languages=("markdown",),
        completion=CompletionOptions(max_new_tokens=12, max_lines=3, multiline="never"),
    )


def test_later_settings_lie_over_earlier_ones() -> None:
    base, _ = read_options({"enable": False, "completion": {"seed": 3}})
    options, _ = read_options({"completion": {"temperature": 0.5}}, base)
    assert options == Options(enable=False, completion=CompletionOptions(temperature=0.5, seed=3))
    assert read_options({"model": None}, Options(model="x"))[0].model is None


def test_null_means_the_default() -> None:
    base = Options(
        enable=False, disabled_languages=("python",), completion=CompletionOptions(seed=3)
    )
    raw = {"enable": None, "disabledLanguages": None, "completion": {"seed": None}}
    assert read_options(raw, base) == (Options(), [])
    assert read_options({"completion": None}, base)[0].completion.seed == 0
    assert read_options(None, base) == (base, [])


def test_the_keys_of_a_section_may_be_flat_or_nested_or_both() -> None:
    raw = {
        "completion.max_lines": 3,
        "completion": {"seed": 4},
        "completion.maxNewTokens": 5,
        "completion.temperature": "hot",
        "completion.modle": 1,
        "model.name": "x",
    }
    options, warnings = read_options(raw)
    assert options == Options(completion=CompletionOptions(max_lines=3, seed=4, max_new_tokens=5))
    wrong, unknown = warnings
    assert wrong.startswith("setting completion.temperature is 'hot'")
    assert "completion.modle, model.name" in unknown


def test_unknown_keys_give_one_warning_that_names_them_all() -> None:
    options, warnings = read_options({"modle": "x", "completion": {"maxTokens": 3}, "enable": True})
    assert options == Options()
    (warning,) = warnings
    assert "modle, completion.maxTokens" in warning
    assert "model, device, disabled_languages" in warning


@pytest.mark.parametrize(
    ("raw", "named", "expected"),
    [
        ({"enable": 1}, "enable is 1", "true or false"),
        ({"model": 5}, "model is 5", "a string"),
        ({"device": "gpu"}, "device is 'gpu'", "'auto', 'cpu', 'cuda'"),
        ({"disabled_languages": "python"}, "disabled_languages is 'python'", "a list of strings"),
        ({"disabled_languages": [1]}, "disabled_languages is [1]", "a list of strings"),
        ({"completion": 3}, "completion is 3", "an object"),
        ({"completion": {"max_lines": True}}, "completion.max_lines is True", "an integer from 1"),
        ({"completion": {"max_lines": 2.5}}, "completion.max_lines is 2.5", "an integer from 1"),
        ({"completion": {"max_lines": 0}}, "completion.max_lines is 0", "an integer from 1 to 200"),
        ({"completion": {"max_new_tokens": 10**9}}, "is 1000000000", "an integer from 1 to 1024"),
        ({"completion": {"temperature": "hot"}}, "completion.temperature", "a number from 0 to 2"),
        ({"completion": {"temperature": float("nan")}}, "is nan", "a number from 0 to 2"),
        ({"completion": {"multiline": "yes"}}, "multiline is 'yes'", "'auto', 'never', 'always'"),
        ("text", "leadsman is 'text'", "an object"),
        ({"model": ["x" * 999]}, "model is ['xxx", "a string"),
    ],
)
def test_a_wrong_value_gives_one_warning_and_the_default_stays(
    raw: Any, named: str, expected: str
) -> None:
    options, warnings = read_options(raw)
    assert options == Options()
    (warning,) = warnings
    assert named in warning
    assert expected in warning
    assert len(warning) < 250


def test_a_wrong_value_leaves_its_neighbours_alone() -> None:
    options, warnings = read_options({"completion": {"max_lines": "3", "seed": 9}, "enable": False})
    assert options == Options(enable=False, completion=CompletionOptions(seed=9))
    assert len(warnings) == 1


def test_actions_of_rules_may_be_flat_or_nested_and_null_takes_one_away() -> None:
    raw = {
        "security.rules.weak-hash": "off",
        "security": {"rules": {"assert-guard": "block", "xss": None}, "unchecked": "annotate"},
        "security.rules": {"sql-injection": "annotate"},
    }
    base = Options(security=SecurityOptions(rules={"xss": "off", "ssrf": "fix"}))
    options, warnings = read_options(raw, base)
    assert warnings == []
    assert options.security.rules == {
        "ssrf": "fix",
        "weak-hash": "off",
        "assert-guard": "block",
        "sql-injection": "annotate",
    }
    policy = options.security.policy()
    assert (policy.unchecked, policy.rules["ssrf"]) == ("annotate", "fix")
    assert read_options({"security": {"rules": None}}, base)[0].security.rules == {}


@pytest.mark.parametrize(
    ("raw", "named", "expected"),
    [
        (
            {"security": {"rules": {"xss": "ignore"}}},
            "security.rules.xss is 'ignore'",
            "one of 'off', 'annotate', 'fix', 'block'",
        ),
        ({"security.rules": ["xss"]}, "security.rules is ['xss']", "an object"),
        ({"security": {"unchecked": "allow"}}, "unchecked is 'allow'", "'block', 'annotate'"),
        ({"security": {"minSeverity": 3}}, "min_severity is 3", "'low', 'medium', 'high'"),
    ],
)
def test_a_wrong_security_setting_gives_one_warning(raw: Any, named: str, expected: str) -> None:
    options, (warning,) = read_options(raw)
    assert options == Options()
    assert named in warning
    assert expected in warning


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["enable", "model", "completion", "maxLines", "seed", "security", "rules", "?"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(raw=json_values)
def test_no_json_makes_reading_fail(raw: Any) -> None:
    options, _ = read_options(raw)
    assert isinstance(options, Options)
    assert 1 <= options.completion.max_lines <= 200
