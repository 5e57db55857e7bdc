import io
import os
import socket
import stat
from pathlib import Path

import pytest

from labelhub.embedded import plan, ports
from labelhub.embedded.errors import CannotStart
from labelhub.embedded.output import Output
from labelhub.embedded.state import State

REAL = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://broker/0", "STRIPE_SECRET_KEY": "sk_live_1"}


def make(folder: Path, given: dict[str, str] | None = None, last: dict[str, str] | None = None) -> plan.Plan:
    return plan.make(given=given or {}, last=last or {}, folder=folder, host="127.0.0.1", port=8000)


def test_everything_is_started_when_nothing_is_given(tmp_path: Path) -> None:
    chosen = make(tmp_path)
    assert chosen.database is not None
    assert chosen.broker is not None
    assert chosen.settings["DATABASE_URL"] == chosen.database.url
    assert chosen.settings["STRIPE_API_BASE"] == f"http://localhost:{chosen.sandbox_port}"
    assert chosen.settings["LABELHUB_SITE_URL"] == "http://localhost:8000"


def test_real_services_are_used_and_not_started(tmp_path: Path) -> None:
    chosen = make(tmp_path, given=REAL)
    assert (chosen.database, chosen.broker, chosen.sandbox_port) == (None, None, None)
    assert not REAL.keys() & chosen.settings.keys()
    assert "STRIPE_API_BASE" not in chosen.settings


def test_secrets_and_ports_stay_over_runs(tmp_path: Path) -> None:
    first = make(tmp_path)
    assert make(tmp_path, last=dict(first.settings)).settings == first.settings


def test_a_port_taken_meanwhile_is_replaced() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        taken = other.getsockname()[1]
        assert not ports.is_free(taken)
        assert ports.choose(taken) != taken


def test_the_environment_wins(tmp_path: Path) -> None:
    assert make(tmp_path, given={"LABELHUB_LOG_FORMAT": "json"}).settings["LABELHUB_LOG_FORMAT"] == "json"


def test_stack_env_is_private_and_reads_back(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.write_env({"A": "1", "B": "x=y"})
    assert state.read_env() == {"A": "1", "B": "x=y"}
    assert stat.S_IMODE((tmp_path / "stack.env").stat().st_mode) == 0o600


def test_the_lock_is_held_once_and_names_its_holder(tmp_path: Path) -> None:
    holder = State(tmp_path)
    holder.lock()
    holder.write_env({"LABELHUB_SITE_URL": "http://127.0.0.1:8000"})
    with pytest.raises(CannotStart, match=rf"http://127.0.0.1:8000 \(process {os.getpid()}\)"):
        State(tmp_path).lock()


def test_output_is_plain_where_nobody_watches() -> None:
    stream = io.StringIO()
    Output(stream).line("web", "GET /")
    assert stream.getvalue() == "web       │ GET /\n"
