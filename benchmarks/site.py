"""The site as production serves it, for benchmarks that ask over HTTP."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from labelhub.embedded import ports, programs

START_SECONDS = 120


def collect_static_files() -> None:
    subprocess.run(programs.static_files({}).command, check=True)


@contextmanager
def site(command: Sequence[str] | None = None) -> Iterator[tuple[str, int]]:
    """Yields address and process id. `command` may be another web server's, with {port} in it."""
    port = ports.choose()
    figures = Path(os.environ["LABELHUB_VAR_DIR"], "metrics")
    figures.mkdir(exist_ok=True)
    ours = programs.web({}, "127.0.0.1", port, figures).command
    words = [word.format(port=port) for word in command] if command else list(ours)
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(figures)}
    server = subprocess.Popen(words, cwd=programs.ROOT, env=env, stdout=sys.stderr, start_new_session=True)
    try:
        if not _answers(f"http://127.0.0.1:{port}/healthz", server):
            raise RuntimeError(f"the web server did not start: {' '.join(words)}")
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(60)


def _answers(url: str, server: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # our own address
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False
