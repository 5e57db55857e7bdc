"""`make bench`, `make bench ONLY=S7,S9`: runs each benchmark on services of its own and prints its figures last.

A benchmark is a module here whose docstring begins with its id ("S9: …") and that has `run() -> list[dict]`.
Each runs in a process of its own, with Django set up on an empty, migrated database that waits for the disk as a
real one does. What it prints on the way goes to standard error.
"""

import ast
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from labelhub.embedded.programs import ROOT, manage
from labelhub.embedded.scratch import scratch_broker, scratch_database

HERE = Path(__file__).parent


def main(only: set[str]) -> int:
    chosen = {name: found for name, found in benchmarks().items() if not only or found & only}
    if unknown := only - {benchmark for found in benchmarks().values() for benchmark in found}:
        print(f"There is no benchmark {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    lines, failed = [], []
    for name, found in chosen.items():
        print(f"{', '.join(sorted(found))} ({name}) …", file=sys.stderr, flush=True)
        done = measure(name)
        lines += [line for line in done.stdout.splitlines() if line.startswith("{")]
        failed += [name] if done.returncode else []
    print(*lines, sep="\n")
    if failed:
        print(f"Failed: {', '.join(failed)}; see above.", file=sys.stderr)
    return 1 if failed else 0


def benchmarks() -> dict[str, set[str]]:
    """Ids by module name."""
    modules = {path.stem: ast.get_docstring(ast.parse(path.read_text())) or "" for path in sorted(HERE.glob("*.py"))}
    found = {name: re.match(r"([A-Z]\d+(?:, [A-Z]\d+)*):", text) for name, text in modules.items()}
    return {name: set(match.group(1).split(", ")) for name, match in found.items() if match}


def measure(name: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks.one", name]
    with services() as env:
        return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=False)


@contextmanager
def services() -> Iterator[dict[str, str]]:
    """The environment of a product that runs as in production, on an empty database."""
    with ExitStack() as opened:
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "labelhub.settings",
            "LABELHUB_VAR_DIR": opened.enter_context(tempfile.TemporaryDirectory(prefix="labelhub-bench-")),
            "LABELHUB_SECRET_KEY": secrets.token_urlsafe(32),
            "LABELHUB_EMBEDDED": "1",
            "LABELHUB_LOG_LEVEL": "WARNING",
            "DATABASE_URL": opened.enter_context(scratch_database(durable=True)),
            "REDIS_URL": opened.enter_context(scratch_broker()),
        }
        subprocess.run(manage("migrate", "--verbosity", "0"), cwd=ROOT, env=env, check=True)
        yield env


if __name__ == "__main__":
    sys.exit(main({wanted for argument in sys.argv[1:] for wanted in argument.split(",")}))
