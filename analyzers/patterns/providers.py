"""Secrets that are known by their form, whatever name they stand under.

Sources: the documentation of each provider on the format of its tokens.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from analyzers.finding import Confidence, Severity, Span
from analyzers.patterns.secrets import entropy


@dataclass(frozen=True, slots=True)
class Provider:
    """One form of secret.

    word: what the form begins with, as it is written; it is looked for first, since that is fast.
    form: matched where the word stands; the group `secret`, if there is one, is the secret.
    """

    title: str
    word: str
    form: re.Pattern[str]
    severity: Severity = "high"
    confidence: Confidence = "high"


@dataclass(frozen=True, slots=True)
class Known:
    """A secret of a known form, where it stands, and how sure it is that it is a real one."""

    provider: Provider
    span: Span
    confidence: Confidence


def _p(
    title: str,
    word: str,
    form: str,
    severity: Severity = "high",
    confidence: Confidence = "high",
) -> Provider:
    return Provider(title, word, re.compile(form), severity, confidence)


def _private_key(kind: str) -> Provider:
    word = f"-----BEGIN {kind}PRIVATE KEY{' BLOCK' * (kind == 'PGP ')}-----"
    # The header alone is no key: programs look for it.
    return _p("private key", word, word + r"(?:\\r|\\n|\s|[\"'+])*[A-Za-z0-9+/=]{40,100}")


_AWS_SECRET = r"\w{0,30}[\"'\])]{0,3}\s?[:=,]\s?[\"'](?P<secret>[A-Za-z0-9/+]{40})[\"']"
PROVIDERS: Final = (
    _p("AWS access key", "AKIA", r"\bAKIA[A-Z2-7]{16}\b", "high", "medium"),
    _p("AWS access key", "ASIA", r"\bASIA[A-Z2-7]{16}\b", "high", "medium"),
    *(_p("AWS secret key", word, word + _AWS_SECRET) for word in ("aws", "AWS", "secret_access")),
    *(
        _p("GitHub token", word, rf"\b{word}[A-Za-z0-9]{{36}}\b")
        for word in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")
    ),
    _p("GitHub token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{82}\b"),
    _p("GitLab token", "glpat-", r"\bglpat-[A-Za-z0-9_-]{20,300}"),
    _p("Slack token", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{20,300}"),
    _p("Slack webhook", "hooks.slack.com",
       r"hooks\.slack\.com/services/T\w{8,20}/B\w{8,20}/\w{20,40}"),
    _p("Stripe key", "k_live_", r"(?<=[sr])k_live_[A-Za-z0-9]{16,300}"),
    _p("Stripe test key", "sk_test_", r"\bsk_test_[A-Za-z0-9]{16,300}", "medium", "medium"),
    _p("Google API key", "AIza", r"\bAIza[A-Za-z0-9_-]{35}(?![\w-])"),
    _p("Google OAuth token", "ya29.", r"\bya29\.[A-Za-z0-9_-]{20,300}"),
    _p("Google OAuth secret", "GOCSPX-", r"\bGOCSPX-[A-Za-z0-9_-]{28}"),
    _p("OpenAI key", "sk-", r"\bsk-[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}"),
    _p("OpenAI key", "sk-", r"\bsk-(?:proj|svcacct)-[A-Za-z0-9_-]{40,300}"),
    _p("OpenAI key", "sk-", r"\bsk-[A-Za-z0-9]{48}\b"),
    _p("Anthropic key", "sk-ant-", r"\bsk-ant-[A-Za-z0-9_-]{24,300}"),
    _p("Hugging Face token", "hf_", r"\bhf_[A-Za-z0-9]{34}\b"),
    _p("npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    _p("PyPI token", "pypi-", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,300}"),
    _p("SendGrid key", "SG.", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
    _p("Twilio key", "SK", r"\bSK[0-9a-f]{32}\b", "high", "medium"),
    _p("Mailgun key", "key-", r"\bkey-[0-9a-f]{32}\b", "high", "medium"),
    _p("Telegram token", ":AA", r"(?<=\d{8}):AA[A-Za-z0-9_-]{33}(?![\w-])"),
    _p("Azure storage key", "AccountKey=", r"AccountKey=(?P<secret>[A-Za-z0-9+/]{86}==)"),
    _p("DigitalOcean token", "dop_v1_", r"\bdop_v1_[a-f0-9]{64}\b"),
    _p("Shopify token", "shp", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    _p("Databricks token", "dapi", r"\bdapi[0-9a-f]{32}\b"),
    _p("Vault token", "hvs.", r"\bhvs\.[A-Za-z0-9_-]{24,300}"),
    _p("Amazon MWS token", "amzn.mws.", r"amzn\.mws\.[0-9a-f-]{36}"),
    _p("AppSync key", "da2-", r"\bda2-[a-z0-9]{26}\b", "high", "medium"),
    _p("Facebook token", "EAACEdEose0cBA", r"\bEAACEdEose0cBA[A-Za-z0-9]{10,300}"),
    _p("MailChimp key", "-us", r"(?<=[0-9a-f]{32})-us\d{1,2}\b", "high", "medium"),
    _p("PayPal token", "access_token$", r"access_token\$production\$[a-z0-9]{16}\$[0-9a-f]{32}"),
    _p("Square token", "sq0", r"\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}"),
    _p("age key", "AGE-SECRET-KEY-1", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b"),
    _p(
        "signed token (JWT)", "eyJ",
        r"\beyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{20,600}",
        "medium", "medium",
    ),
    *map(_private_key, ("", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "PGP ")),
)  # fmt: skip
WORDS: Final = tuple(sorted({provider.word.lower() for provider in PROVIDERS}))
_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BLANK = re.compile(r"(?i)x{4}|placeholder|your|redacted|\*{4}")
_INVENTED = re.compile(r"(?i)example|fake|0{8}|12345|abcdef")


def known_secrets(text: str) -> Iterator[Known]:
    """Every secret of a known form, the same place once."""
    taken: set[int] = set()
    for provider in PROVIDERS:
        at = text.find(provider.word)
        while at >= 0:
            match = provider.form.match(text, at)
            if match is not None:
                group = "secret" if "secret" in provider.form.groupindex else 0
                confidence = _confidence(provider, match[group])
                if match.start(group) not in taken and confidence is not None:
                    taken.add(match.start(group))
                    yield Known(provider, Span(*match.span(group)), confidence)
            at = text.find(provider.word, at + len(provider.word))


def _confidence(provider: Provider, secret: str) -> Confidence | None:
    body = secret.rpartition("-----")[2]
    # The form of some is told by what stands before: their end alone says nothing.
    dull = len(body) > 12 and entropy(body) < 2.5
    if _BLANK.search(body) or dull:
        return None
    if _INVENTED.search(body):
        return "low"
    # GitHub's classic tokens carry a checksum, so that an invented one shows.
    if provider.word.startswith("gh") and len(secret) == 40 and not _has_checksum(secret):
        return "medium"
    return provider.confidence


def _has_checksum(token: str) -> bool:
    """Source: GitHub, "Behind GitHub's new authentication token formats", 2021."""
    number = 0
    for character in token[-6:]:
        number = number * 62 + _BASE62.index(character)
    return number == binascii.crc32(token[4:-6].encode())
