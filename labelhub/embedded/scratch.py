"""A database and a broker that live as long as a `with` block: for tests and benchmarks."""

import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelhub.embedded import ports
from labelhub.embedded.broker import Redis
from labelhub.embedded.database import Postgres
from labelhub.embedded.output import Output
from labelhub.embedded.program import Program
from labelhub.embedded.supervisor import Answers, Supervisor

START_SECONDS = 120
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@contextmanager
def scratch_database(*, durable: bool = False) -> Iterator[str]:
    """Yields its URL. Several may run at once. A `durable` one waits for the disk, as a real one does."""
    with _scratch_folder() as folder:
        postgres = Postgres(folder / "postgres", ports.choose(), secrets.token_hex(12))
        postgres.prepare()
        with _running(postgres.program(*(() if durable else HASTY)), postgres.answers):
            yield postgres.url


@contextmanager
def scratch_broker() -> Iterator[str]:
    """Yields its URL."""
    with _scratch_folder() as folder:
        redis = Redis(folder, ports.choose(), secrets.token_hex(12))
        redis.prepare()
        with _running(redis.program(), redis.answers):
            yield redis.url


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="labelhub-") as folder:
        yield Path(folder)


@contextmanager
def _running(program: Program, answers: Answers) -> Iterator[None]:
    supervisor = Supervisor(Output(sys.stderr))
    supervisor.start(program)
    try:
        supervisor.wait_until(program.name, answers, START_SECONDS)
        yield
    finally:
        supervisor.stop([program.name])
