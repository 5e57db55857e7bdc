"""W1: the web server in use beside the other candidate, on this application's own pages.

Both get two processes of four threads. They are measured in turns, so that a busy machine troubles both alike;
requests per second of processor time are what a busy machine troubles least.
"""

import json
import re
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from benchmarks.site import collect_static_files, site

REPEATS, SECONDS, CONNECTIONS = 7, 3, 16
BIN = Path(sys.executable).parent
APPLICATION = "labelhub.wsgi:application"
SERVERS = {
    "granian": (
        *(str(BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--workers", "2"),
        *("--blocking-threads", "4", "--log-level", "warning", APPLICATION),
    ),
    "gunicorn": (
        *(str(BIN / "gunicorn"), "--worker-class", "gthread", "--bind", "127.0.0.1:{port}", "--workers", "2"),
        *("--threads", "4", "--log-level", "warning", APPLICATION),
    ),
}
FIGURES = (
    ("per_processor_second", "requests/s of processor time", ">= 1"),
    ("per_second", "requests/s", ">= 1"),
    ("p95_ms", "ms", "<= 1"),
    ("megabytes", "MB", "<= 1"),
)
Found = dict[str, dict[str, list[dict[str, float]]]]


def run() -> list[dict[str, Any]]:
    collect_static_files()
    found: Found = {}
    for repeat in range(REPEATS):
        for name in sorted(SERVERS, reverse=bool(repeat % 2)):
            with site(SERVERS[name]) as (address, pid):
                for page, path in pages(address).items():
                    found.setdefault(page, {}).setdefault(name, []).append(_load(address + path, pid))
    return [_row(page, *figure, found[page]) for figure in FIGURES for page in found]


def pages(address: str) -> dict[str, str]:
    with urllib.request.urlopen(f"{address}/accounts/login/") as answer:  # noqa: S310  # our own address
        style = re.findall(r'href="(/static/build/site[^"]*\.css)"', answer.read().decode())[0]
    return {"no database": "/healthz", "market page": "/market/", "style sheet": style}


def _load(url: str, pid: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.load", url, str(CONNECTIONS), str(SECONDS)]
    before = _processor_seconds(pid)
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    spent = _processor_seconds(pid) - before
    found: dict[str, float] = json.loads(done.stdout)
    if found["failures"]:
        raise RuntimeError(f"{url}: {found['failures']:g} answers were no 200")
    return {**found, "per_processor_second": found["requests"] / spent, "megabytes": _megabytes(pid)}


def _processes(pid: int) -> list[psutil.Process]:
    leader = psutil.Process(pid)
    return [leader, *leader.children(recursive=True)]


def _processor_seconds(pid: int) -> float:
    return sum(times.user + times.system for times in (process.cpu_times() for process in _processes(pid)))


def _megabytes(pid: int) -> float:
    return sum(process.memory_info().rss for process in _processes(pid)) / 1e6


def _row(page: str, figure: str, unit: str, goal: str, found: Mapping[str, list[dict[str, float]]]) -> dict[str, Any]:
    ours, other = ([taken[figure] for taken in found[server]] for server in ("granian", "gunicorn"))
    return {
        "id": "W1",
        "name": f"web server, {page}, {figure.replace('_', ' ')}",
        "ours": round(statistics.median(ours), 1),
        "reference": round(statistics.median(other), 1),
        "unit": unit,
        "ratio": round(statistics.median(a / b for a, b in zip(ours, other, strict=True)), 2),
        "goal": goal,
        "against": "gunicorn, gthread",
        "conditions": f"granian; 2 processes of 4 threads each, {CONNECTIONS} kept connections, {REPEATS} turns of "
        f"{SECONDS} s, load from the same 2 cores",
    }
