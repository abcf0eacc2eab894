"""A run from the start of its server to the end."""

from __future__ import annotations

import sys

import pytest

from evals.latency.errors import SetUpError
from evals.latency.harness import Config, Harness
from evals.lsp_client import ServerGone
from tests.evals.latency.clocks import SkippingClock
from tests.evals.latency.conftest import SERVER
from tests.evals.latency.made import generated
from tests.lsp_server.raw_client import ROOT


@pytest.fixture(autouse=True)
def paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server process finds our packages."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def config(*command: str) -> Config:
    return Config(command=command, clock=SkippingClock())


def test_all_sessions_are_played_on_one_server_and_its_use_is_told() -> None:
    harness = Harness(config(sys.executable, "-P", str(SERVER)))
    sessions = [generated(1), generated(2)]
    n_events = 0

    def count() -> None:
        nonlocal n_events
        n_events += 1

    harness.run(sessions, count)
    assert n_events == sum(len(session.events) for session in sessions)
    assert [record.is_complete for record in harness.records] == [True, True]
    assert harness.engine["model"] == "truthful"
    assert harness.server["peak_bytes"] > 10 << 20
    assert harness.server["cpu_s_sessions"] >= 0
    # Each answer was told by the server, also those of the second session.
    asked = [one for record in harness.records for one in record.asked]
    assert asked
    assert all(one.event is not None for one in asked)


def test_a_server_that_ends_before_it_is_ready_is_gone() -> None:
    harness = Harness(config(sys.executable, "-c", "import sys; sys.exit('no luck')"))
    with pytest.raises(ServerGone):
        harness.run([generated(1)], lambda: None)
    assert harness.records == []
    assert harness.server["sessions_s"] == 0


def test_a_program_that_does_not_exist_is_named() -> None:
    with pytest.raises(SetUpError, match="cannot start 'no-such-program': No such file"):
        Harness(config("no-such-program")).run([], lambda: None)
    with pytest.raises(SetUpError, match="no program is named"):
        Harness(config()).run([], lambda: None)
