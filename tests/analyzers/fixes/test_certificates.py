"""Connections check whom they speak to."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.certificates import in_time, modern, verified


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import requests\nrequests.get(u, «verify=False», timeout=3)\n",
            "import requests\nrequests.get(u, timeout=3)\n",
        ),
        (
            "import requests\nrequests.get(u,\n    verify=False«,»\n)\n",
            "import requests\nrequests.get(u,\n)\n",
        ),
        ("import httpx\nc = «httpx.Client(verify=False)»\n", "import httpx\nc = httpx.Client()\n"),
        (
            "import ssl\nc = «ssl._create_unverified_context()»\n",
            "import ssl\nc = ssl.create_default_context()\n",
        ),
        (
            "import ssl\n«c.check_hostname = False»\nc.verify_mode = ssl.CERT_NONE\n",
            "import ssl\nc.check_hostname = True\nc.verify_mode = ssl.CERT_REQUIRED\n",
        ),
        (
            "import paramiko\nc.set_missing_host_key_policy(«paramiko.AutoAddPolicy()»)\n",
            "import paramiko\nc.set_missing_host_key_policy(paramiko.RejectPolicy())\n",
        ),
        ("session.«verify» = False\n", "session.verify = True\n"),
    ],
)
def test_what_turned_the_check_off_goes(mend: Any, before: str, after: str) -> None:
    """In arguments, contexts, attributes and policies."""
    assert mend(verified, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import requests\n«requests.get(u, verify=check)»\n",
    ],
)
def test_what_is_decided_elsewhere_is_left(mend: Any, before: str) -> None:
    """A variable may be anything."""
    assert mend(verified, before) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import ssl\nc = ssl.SSLContext(«ssl.PROTOCOL_TLSv1»)\n",
         "import ssl\nc = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"),
        ("import ssl\nc = ssl.SSLContext(«ssl.PROTOCOL_SSLv3»)\nc.load_cert_chain(f)\n",
         "import ssl\nc = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\nc.load_cert_chain(f)\n"),
        ("import ssl\nc.minimum_version = «ssl.TLSVersion.TLSv1»\n",
         "import ssl\nc.minimum_version = ssl.TLSVersion.TLSv1_2\n"),
    ],
)  # fmt: skip
def test_old_protocols_give_way(mend: Any, before: str, after: str) -> None:
    """For the side that the file is on."""
    assert mend(modern, before) == after


def test_a_request_gets_a_time_limit(mend: Any) -> None:
    """Added, or in place of none."""
    head = "import requests\n"
    assert mend(in_time, head + "«requests.get(u)»\n") == head + "requests.get(u, timeout=10)\n"
    after = head + "requests.get(u, timeout=10)\n"
    assert mend(in_time, head + "«requests.get(u, timeout=None)»\n") == after
