"""S7: market search over HTTP at 1,000,000 offers beside 10,000, and beside its SQL alone.

Two made-up markets of one mix (benchmarks.market_data), each behind the web server as `make run` starts it. A round
asks each question of both in turn, so that what else the machine does falls on both. A question is words and three
facets: of words that are frequent, middling, rare or unknown, in four orders. The bare side sends the very statements
of the search, and no more, through psycopg; beside it stands what PostgreSQL makes of the plain query by itself.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import psycopg

from benchmarks.market_data import COMMON, PLACES
from labelhub.embedded import ports, programs

ROOT = Path(__file__).resolve().parent.parent
SMALL, LARGE = 10_000, 1_000_000
DEEP = 1_000
ROUNDS = 3
START_SECONDS = 60
MILLISECONDS = 1000

Question = Sequence[tuple[str, str]]


def run() -> list[dict[str, Any]]:
    with ExitStack() as stack:
        small, large = (stack.enter_context(_market(size)) for size in (SMALL, LARGE))
        rows = []
        for name, path in (("page", "/market/"), ("API", "/api/v1/market/search/")):
            rows += _rows(name, path, small, large)
        return rows


class Market:
    """A market of a size: its web server, and a process that sends its bare SQL."""

    def __init__(self, size: int, address: str, bare: "subprocess.Popen[str]") -> None:
        self.size, self._bare = size, bare
        self._client = httpx.Client(base_url=address, timeout=60)

    def ask(self, path: str, question: Question, after: str = "") -> float:
        """Milliseconds until the whole answer is there."""
        pairs = [*question, ("after", after)] if after else question
        began = time.perf_counter()
        answer = self._client.get(f"{path}?{urlencode(pairs)}")
        taken = (time.perf_counter() - began) * MILLISECONDS
        answer.raise_for_status()
        return taken

    def bare(self, question: Question, after: str = "", *, page: int = 1) -> dict[str, Any]:
        """See benchmarks.bare_search."""
        assert self._bare.stdin is not None and self._bare.stdout is not None  # noqa: S101, PT018  # both are pipes
        self._bare.stdin.write(json.dumps({"address": urlencode(question), "after": after, "page": page}) + "\n")
        self._bare.stdin.flush()
        said: dict[str, Any] = json.loads(self._bare.stdout.readline())
        return said


def _rows(name: str, path: str, small: Market, large: Market) -> list[dict[str, Any]]:
    asked = _questions()
    first = _measure(path, small, large, [(question, "", "") for question in asked])
    far = _deep(small, large, asked)
    deep = _measure(path, small, large, far)
    facts = f"{len(asked)} questions, {ROUNDS} rounds, granian with 2 workers, {os.cpu_count()} cores"
    deep_facts = f"{facts}, the {len(far)} with so many matches; at 10,000 offers their last page"
    return [
        _growth(f"market search {name}, page 1", first, facts),
        _growth(f"market search {name}, page 1,000", deep, deep_facts),
        _overhead(f"market search {name} beside its SQL", first, facts),
    ]


def _growth(name: str, found: dict[str, list[float]], facts: str) -> dict[str, Any]:
    large, small = _p95(found["large"]), _p95(found["small"])
    return {
        "id": "S7",
        "name": f"{name}: p95 at 1,000,000 offers",
        "ours": round(large, 1),
        "reference": round(small, 1),
        "unit": "ms",
        "ratio": round(large / small, 2),
        "goal": "<= 1.5",
        "against": "itself at 10,000 offers",
        "conditions": f"{facts}; p50 {median(found['large']):.1f} and {median(found['small']):.1f} ms",
    }


def _overhead(name: str, found: dict[str, list[float]], facts: str) -> dict[str, Any]:
    ours, bare, plain = _p95(found["large"]), _p95(found["bare"]), found["plain"]
    return {
        "id": "S7",
        "name": f"{name}: p95 at 1,000,000 offers",
        "ours": round(ours, 1),
        "reference": round(bare, 1),
        "unit": "ms",
        "ratio": round(ours / bare, 2),
        "goal": f"<= 1.5 x + 10 ms, which is {1.5 * bare + 10:.1f} ms",
        "against": "the same statements through psycopg",
        "conditions": f"{facts}; p50 {median(found['large']):.1f} and {median(found['bare']):.1f} ms; "
        f"the plain query as PostgreSQL plans it: p50 {median(plain):.1f}, p95 {_p95(plain):.1f} ms",
    }


def _measure(
    path: str, small: Market, large: Market, asked: Sequence[tuple[Question, str, str]]
) -> dict[str, list[float]]:
    """Each question with its cursors in the small and in the large market; a first round warms up."""
    found: dict[str, list[float]] = {"small": [], "large": [], "bare": [], "plain": []}
    for round_ in range(ROUNDS + 1):
        for question, after_small, after_large in asked:
            times = {
                "small": small.ask(path, question, after_small),
                "large": large.ask(path, question, after_large),
                **large.bare(question, after_large)["times"],
            }
            if round_:
                for side, taken in times.items():
                    found[side].append(taken)
    return found


def _deep(small: Market, large: Market, asked: Sequence[Question]) -> list[tuple[Question, str, str]]:
    """Those questions that have a thousandth page in the large market, with where it begins."""
    found = [
        (question, small.bare(question, page=DEEP)["cursor"], large.bare(question, page=DEEP)["cursor"])
        for question in asked
        if large.bare(question, page=DEEP)["is_there"]
    ]
    if not found:
        raise RuntimeError("no question has a thousandth page")
    return found


def _questions() -> list[Question]:
    rng = random.Random(11)
    words = [
        *COMMON[:6], *PLACES[:6], "photographs", "labelled hand",
        *(f"thing{number}" for number in rng.sample(range(10, 200), 14)),
        *(f"{rng.choice(COMMON)} {rng.choice(PLACES)}" for _ in range(8)),
        *(f"thing{number}" for number in rng.sample(range(800, 1980), 8)),
        "zyzzyva", "qwertz uiop", "xylophonist", "thingummy",
    ]  # fmt: skip
    return [[("q", word), *_facets(rng)] for word in words]


def _facets(rng: random.Random) -> list[tuple[str, str]]:
    """Three facets, and sometimes an order."""
    kinds = [("kind", rng.choices(("image", "dataset"), (4, 1))[0])]
    choices = [
        ("license", rng.choice(("research", "commercial-training", "open"))),
        ("price", rng.choices(("paid", "free"), (4, 1))[0]),
        ("shape", rng.choice(("box", "tag"))),
        ("size", rng.choice(("0.3-2", "2-12"))),
    ]
    currency = ("currency", rng.choice(("EUR", "USD")))
    sort = rng.choices(("newest", "cheapest", "dearest", "sold"), (7, 1, 1, 1))[0]
    if sort in {"cheapest", "dearest"}:
        return [*kinds, currency, rng.choice(choices), ("sort", sort)]
    return [*kinds, *rng.sample([*choices, currency], 2), ("sort", sort)]


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[round(0.95 * (len(values) - 1))]


@contextmanager
def _market(size: int) -> Iterator[Market]:
    name, port = f"labelhub_bench_market_{size}", ports.choose()
    with _database(name) as url, TemporaryDirectory(prefix="labelhub-bench-") as folder:
        env = {
            **os.environ,
            "DATABASE_URL": url,
            "LABELHUB_DEBUG": "0",
            "LABELHUB_API_ANON_RATE": "1000000/min",
            "LABELHUB_STATIC_ROOT": str(Path(folder, "static")),
        }
        for command in (("manage.py", "migrate", "-v0"), ("manage.py", "collectstatic", "--noinput", "-v0")):
            subprocess.run([sys.executable, *command], cwd=ROOT, env=env, check=True)
        subprocess.run([sys.executable, "-m", "benchmarks.market_data", str(size)], cwd=ROOT, env=env, check=True)
        web = programs.web(env, "127.0.0.1", port, Path(folder))
        with _process(list(web.command), {**web.env, "LABELHUB_DEBUG": "0"}), _bare_process(env) as bare:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address)
            yield Market(size, address, bare)


@contextmanager
def _database(name: str) -> Iterator[str]:
    """A database of its own on the configured server, dropped afterwards."""
    server = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(server.geturl(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
        try:
            yield server._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _process(command: list[str], env: dict[str, str], **pipes: Any) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(command, cwd=ROOT, env=env, text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def _bare_process(env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "benchmarks.bare_search"]
    with _process(command, env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/healthz").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the web server did not start")
