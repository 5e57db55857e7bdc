"""`python -m benchmarks.load URL CONNECTIONS SECONDS`: as many requests as the server takes, as JSON.

Rates and percentiles leave out the first second; `requests` and `failures` count it.

A small HTTP/1.1 client that keeps its connections, so that it costs little beside the server it measures.
"""

import asyncio
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

WARM_UP_SECONDS = 1.0


@dataclass
class Findings:
    seconds: list[float] = field(default_factory=list)
    failures: int = 0


async def load(url: str, connections: int, seconds: float) -> dict[str, float]:
    warm_up = await _all(url, connections, WARM_UP_SECONDS)
    began = time.perf_counter()
    found = await _all(url, connections, seconds)
    rate = len(found.seconds) / (time.perf_counter() - began)
    cuts = statistics.quantiles(found.seconds, n=100)
    return {
        "requests": len(warm_up.seconds) + len(found.seconds),
        "failures": warm_up.failures + found.failures,
        "per_second": rate,
        "p50_ms": cuts[49] * 1000,
        "p95_ms": cuts[94] * 1000,
    }


async def _all(url: str, connections: int, seconds: float) -> Findings:
    found, until = Findings(), time.perf_counter() + seconds
    await asyncio.gather(*(_one(url, until, found) for _ in range(connections)))
    return found


async def _one(url: str, until: float, found: Findings) -> None:
    parts = urlsplit(url)
    request = (
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: br\r\nConnection: keep-alive\r\n\r\n"
    ).encode()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    while (began := time.perf_counter()) < until:
        writer.write(request)
        status, closes = await _answer(reader)
        found.seconds.append(time.perf_counter() - began)
        found.failures += status != 200
        if closes:
            writer.close()
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Status, and whether the server closes the connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    fields = dict(line.split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    await reader.readexactly(int(fields[b"content-length"]))
    return int(head.split(None, 2)[1]), fields.get(b"connection", b"").strip() == b"close"


if __name__ == "__main__":
    url, connections, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(load(url, int(connections), float(seconds)))))
