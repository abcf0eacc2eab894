"""Forms of secrets. The ones here are made while the test runs, and open nothing."""

from __future__ import annotations

import binascii
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.patterns.providers import PROVIDERS, WORDS, known_secrets

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHOICE = random.Random(7)


def some(n: int, letters: str = _BASE62) -> str:
    return "".join(_CHOICE.choices(letters, k=n))


def github_token(body: str) -> str:
    number, checksum = binascii.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        checksum = _BASE62[digit] + checksum
    return f"ghp_{body}{checksum}"


_UPPER = string.ascii_uppercase + "234567"
_HEX = "0123456789abcdef"
MADE = {
    "AWS access key": "AKIA" + some(16, _UPPER),
    "GitLab token": "glpat-" + some(20),
    "Slack token": "xox" + "b-" + some(30),
    "Stripe key": "sk_" + "live_" + some(24),
    "Google API key": "AIza" + some(35),
    "Google OAuth token": "ya29." + some(40),
    "Hugging Face token": "hf_" + some(34, string.ascii_letters),
    "Twilio key": "SK" + some(32, _HEX),
    "SendGrid key": f"SG.{some(22)}.{some(43)}",
    "Telegram token": f"{some(9, '56789')}:AA{some(33)}",
    "Azure storage key": f"AccountKey={some(86)}==",
    "MailChimp key": f"{some(32, _HEX)}-us7",
    "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{some(64)}\n",
    "signed token (JWT)": f"eyJ{some(20)}.eyJ{some(40)}.{some(43)}",
}


@pytest.mark.parametrize("title", MADE)
@pytest.mark.parametrize("around", ["{}", 'key = "{}"', "# {} is old", "x={};"])
def test_a_secret_is_known_by_its_form(title: str, around: str) -> None:
    text = around.format(MADE[title])
    (known,) = known_secrets(text)
    assert known.provider.title == title
    assert text[known.span.start : known.span.end].strip() in text
    assert known.span.end - known.span.start >= 4


def test_the_checksum_of_github_tells_a_real_token_from_an_invented_one() -> None:
    # The pair of body and checksum is that of GitHub's announcement of the format.
    body = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"
    assert github_token(body).endswith("0mLq17")
    (real,) = known_secrets(github_token(some(30)))
    (invented,) = known_secrets("ghp_" + some(36))
    assert (real.confidence, invented.confidence) == ("high", "medium")


def test_an_aws_secret_is_known_by_the_name_before_it() -> None:
    secret = some(40)
    text = f'aws_secret_access_key = "{secret}"'
    (known,) = known_secrets(text)
    assert text[known.span.start : known.span.end] == secret
    assert list(known_secrets(f'digest = "{secret}"')) == []


@pytest.mark.parametrize(
    "text",
    [
        "ghp_" + "x" * 36, "AKIA" + "X" * 16, "-----BEGIN RSA PRIVATE KEY-----", "ghp_short",
        "sk-learn",
        "xAKIA" + some(16, _UPPER), "-----BEGIN RSA PRIVATE KEY-----\n...\n", "eyJ.eyJ.x",
        "sk_live_",
        "glpat-your_token_goes_here_x",
    ],
)  # fmt: skip
def test_what_stands_for_a_secret_or_only_begins_like_one_is_none(text: str) -> None:
    assert list(known_secrets(text)) == []


def test_an_invented_secret_is_a_remark() -> None:
    (known,) = known_secrets("AKIAIOSFODNN7EXAMPLE")
    assert known.confidence == "low"


def test_each_form_begins_with_its_word_and_the_words_are_listed() -> None:
    assert {provider.word.lower() for provider in PROVIDERS} == set(WORDS)


@given(st.text(st.sampled_from("AKIA sk-xoxb_eyJ.=:\"'\n0aZ-"), max_size=200))
def test_every_place_lies_in_the_text_and_is_named_once(text: str) -> None:
    spans = [known.span for known in known_secrets(text)]
    assert len({span.start for span in spans}) == len(spans)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
