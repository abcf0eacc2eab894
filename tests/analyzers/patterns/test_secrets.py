"""Which names say that something is secret, and which values are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.patterns.secrets import entropy, is_placeholder, is_random, kind_of_name, weight


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("password", "password"), ("DB_PASSWORD", "password"), ("dbPassword", "password"),
        ("user-passwd", "password"), ("db_pass", "password"), ("password2", "password"),
        ("default_password_value", "password"), ("password_for_mail", "password"),
        ("secret", "secret"), ("client_secret", "secret"), ("aws.credentials", "secret"),
        ("api_key", "key"), ("X-API-Key", "key"), ("SECRET_KEY", "secret"),
        ("SIGNING_KEY", "key"), ("access_token", "token"),
        ("Authorization", "authorization"),
        ("password_field", None), ("password_hash", None), ("secret_name", None),
        ("token_url", None), ("primary_key", None), ("key", None), ("pad_token", None),
        ("reset_password", None), ("forgot_password", None), ("compass", None), ("bypass", None),
        ("passport", None), ("keyboard", None), ("tokenizer", None), ("AWS::IAM::AccessKey", None),
        ("pw", None), ("", None), ("x" * 200 + "password", None),
    ],
)  # fmt: skip
def test_the_last_word_of_a_name_decides(name: str, kind: str | None) -> None:
    assert kind_of_name(name) == kind


@pytest.mark.parametrize(
    "value",
    [
        "", "ab", "changeme", "change-me", "your_password", "your-secret-key", "<password>",
        "${PASSWORD}", "$PASSWORD", "{{ password }}", "%(password)s", "%s", "xxxxxxxx", "********",
        "password", "secret", "my_secret_key", "super secret key", "dev", "DB_PASSWORD",
        "access_token",
        "user-password", "example-key-123", "placeholder", "/run/secrets/password",
        "https://example.org/token", "account/reset.html", "key.pem", "string", "str", "a\nb\nc",
        "replace-with-a-real-one", "000000", "[a-z0-9_]+42", "%2d-[A-F0-9]",
    ],
)  # fmt: skip
def test_placeholders_paths_names_and_types_are_no_secrets(value: str) -> None:
    assert is_placeholder(value)
    for name in ("password", "client_secret", "api_key", "auth_token"):
        assert weight(name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("password", "hunter2", ("medium", "medium")),
        ("password", "t7-Rb!94kd", ("medium", "medium")),
        ("password", "mmm", ("medium", "medium")),
        ("password", "sha512$Anonymous$Password", ("high", "medium")),
        ("api_key", "9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c", ("high", "medium")),
        ("client_secret", "kQ9vTn4RbW7yHdx8Zk2LmP0a", ("high", "medium")),
        ("test_password", "hunter2", ("low", "low")),
        ("Authorization", "Bearer kQ9vTn4RbW7yHdx8Zk2LmP0a", ("high", "medium")),
        ("Authorization", "Bearer", None),
        ("token", "NUMBER", None), ("token", "(", None), ("api_key", "header", None),
        ("password", "Enter your password:", None), ("password", "The two do not match.", None),
        ("pass", "bandpass", None), ("pass", "kestrel42", ("medium", "medium")),
        ("SECRET_KEY", "thisisasecretkey", ("medium", "medium")), ("api_key", "thisisakey", None),
        ("secret", "abc", None), ("user", "kQ9vTn4RbW7yHdx8Zk2LmP0a", None),
    ],
)  # fmt: skip
def test_the_weight_is_that_of_the_name_and_of_the_value(
    name: str, value: str, expected: tuple[str, str] | None
) -> None:
    assert weight(name, value) == expected


def test_in_a_test_a_secret_is_a_remark() -> None:
    assert weight("password", "hunter2", in_test=True) == ("low", "low")


def test_machines_write_long_and_mixed_texts() -> None:
    assert is_random("kQ9vTn4RbW7yHdx8Zk2LmP0a")
    assert is_random("c0ffee1234567890abcdef")
    for value in (
        "short1A!",
        "correct horse battery staple 1A",
        "aaaaaaaaaaaaaaaaaaaa",
        "onlyletters" * 2,
    ):
        assert not is_random(value)


def test_entropy_is_that_of_shannon() -> None:
    assert entropy("aaaa") == 0
    assert entropy("abcd") == 2
    assert entropy("aabb") == 1


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_name_and_no_value_is_too_odd(name: str, value: str) -> None:
    weighed = weight(name, value)
    assert weighed is None or (
        kind_of_name(name) is not None and not is_placeholder(value.split()[-1])
    )
