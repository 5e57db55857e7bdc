"""S14: seconds from a fresh clone to the first page, beside Label Studio's own way: pip install, then start.

Both start with empty package caches, so both fetch everything. Node, where present, is the machine's.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from labelhub.embedded import ports
from labelhub.embedded.programs import ROOT

PEER = "label-studio==1.23.2"
PATIENCE_SECONDS = 1800
NOT_INHERITED = ("LABELHUB_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "STRIPE_", "VIRTUAL_ENV", "MAKE", "MFLAGS")
Timed = dict[str, float]


def run() -> list[dict[str, Any]]:
    with TemporaryDirectory(prefix="labelhub-first-") as folder:
        ours, peers = _ours(Path(folder, "ours")), _peers(Path(folder, "peer"))
    return [
        {
            "id": "S14",
            "name": "fresh clone to first page",
            "ours": round(sum(ours.values()), 1),
            "reference": round(sum(peers.values()), 1) if peers else None,
            "unit": "s",
            "ratio": round(sum(ours.values()) / sum(peers.values()), 2) if peers else None,
            "goal": "< 1",
            "against": PEER.replace("==", " ").replace("label-studio", "Label Studio"),
            "conditions": f"once, empty package caches, {os.cpu_count()} cores; ours {_told(ours)}; "
            + (f"theirs {_told(peers)}" if peers else "theirs could not be installed here"),
        }
    ]


def _told(timed: Timed) -> str:
    return ", ".join(f"{step} {seconds:.0f} s" for step, seconds in timed.items())


def _ours(folder: Path) -> Timed:
    folder.mkdir()
    began = time.perf_counter()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)  # noqa: S607  # git, as on PATH
    cloned = time.perf_counter()
    port = ports.choose()
    _first_page(["make", "run", f"PORT={port}"], folder / "clone", _environment(folder), f"http://127.0.0.1:{port}/")
    return {"clone": cloned - began, "make run to first page": time.perf_counter() - cloned}


def _peers(folder: Path) -> Timed | None:
    folder.mkdir()
    env, port = _environment(folder), ports.choose()
    began = time.perf_counter()
    subprocess.run([_system_python(), "-m", "venv", "venv"], cwd=folder, env=env, check=True)
    pip = ["venv/bin/python", "-m", "pip", "install", "--quiet", PEER]
    if subprocess.run(pip, cwd=folder, env=env, check=False, stdout=sys.stderr).returncode:
        return None
    installed = time.perf_counter()
    start = [str(folder / "venv/bin/label-studio"), "start", "--no-browser", "--port", str(port), "--data-dir", "data"]
    _first_page(start, folder, env, f"http://127.0.0.1:{port}/user/signup/")
    return {"install": installed - began, "start to first page": time.perf_counter() - installed}


def _first_page(command: Sequence[str], folder: Path, env: dict[str, str], url: str) -> None:
    """Returns when the page answers; the program is stopped again."""
    server = subprocess.Popen(command, cwd=folder, env=env, stdout=sys.stderr, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(url):
            if time.monotonic() > deadline or server.poll() is not None:
                raise RuntimeError(f"{' '.join(command)} showed no page")
            time.sleep(0.1)
    finally:
        _stop(server)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """Label Studio's development server does not always heed the interrupt."""
    os.killpg(server.pid, signal.SIGINT)
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _environment(folder: Path) -> dict[str, str]:
    """This machine's, with empty caches and none of our own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    path = [part for part in kept["PATH"].split(os.pathsep) if not part.startswith(str(ROOT))]
    caches = {name: str(folder / name) for name in ("PIP_CACHE_DIR", "UV_CACHE_DIR", "npm_config_cache", "HOME")}
    for cache in caches.values():
        Path(cache).mkdir()
    return {**kept, **caches, "PATH": os.pathsep.join(path)}


def _system_python() -> str:
    found = shutil.which("python3.11") or shutil.which("python3")
    if found is None:
        raise RuntimeError("there is no python3")
    return found
