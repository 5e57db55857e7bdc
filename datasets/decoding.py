"""Keeps decoder processes warm, feeds them, and replaces those that die or take too long.

Plain subprocesses, since a Celery child may not use multiprocessing.
"""

import os
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

from datasets.decoder.protocol import READY, Limits, Refusal, Reply, Request, dump_request, load_reply

ROOT = Path(__file__).resolve().parent.parent
AHEAD = 2  # requests at a decoder, so that it never waits for us
TRIES = 2  # a decoder may be killed by something other than its file
# No secrets, no database address: nothing a hostile file could carry off.
ENVIRONMENT = {"PATH": os.defpath, "VIPS_CONCURRENCY": "1", "VIPS_BLOCK_UNTRUSTED": "1", "MALLOC_ARENA_MAX": "2"}


class DecoderUnavailable(RuntimeError):
    """The decoder does not even start: no file's fault."""


@dataclass
class _Work:
    request: Request
    tries: int = 0


class _Decoder:
    """One process and the requests it holds; the first of them is being worked on."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.held: deque[_Work] = deque()
        self.since = 0.0
        self.unread = b""
        self._start()

    def _start(self) -> None:
        options = [f"--{name}={value}" for name, value in asdict(self.limits).items()]
        self.process = subprocess.Popen(  # noqa: S603  # our own module, numbers for arguments
            [sys.executable, "-m", "datasets.decoder", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=ENVIRONMENT,
            bufsize=0,
        )
        if self.output.readline() != READY:
            raise DecoderUnavailable(f"exit status {self.process.wait()}")

    @property
    def output(self) -> IO[bytes]:
        assert self.process.stdout is not None  # noqa: S101  # asked for in _start
        return self.process.stdout

    def send(self, work: _Work) -> None:
        assert self.process.stdin is not None  # noqa: S101  # asked for in _start
        if not self.held:
            self.since = time.monotonic()
        self.held.append(work)
        try:
            self.process.stdin.write(dump_request(work.request))
        except BrokenPipeError:
            return  # its output has ended too, which `receive` sees

    def receive(self) -> list[tuple[Request, Reply]] | None:
        """Whole answers that have arrived; None when the process has ended."""
        arrived = os.read(self.output.fileno(), 65536)
        if not arrived:
            return None
        *lines, self.unread = (self.unread + arrived).split(b"\n")
        if lines:
            self.since = time.monotonic()
        return [(self.held.popleft().request, load_reply(line)) for line in lines]

    def replace(self) -> list[_Work]:
        """Kill the process, start another, hand back what the old one held."""
        self.stop()
        held, self.held, self.unread = list(self.held), deque(), b""
        self._start()
        return held

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class DecoderPool:
    """Use as a context manager. Not for several threads at once."""

    def __init__(self, *, processes: int, limits: Limits, seconds_per_file: float = 90) -> None:
        self._seconds = seconds_per_file
        self._again: deque[_Work] = deque()
        self._decoders = [_Decoder(limits) for _ in range(processes)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        for decoder in self._decoders:
            decoder.stop()

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Reply]]:
        """Answers in the order they are ready. `requests` is drawn from only as decoders become free."""
        waiting = iter(requests)
        while True:
            self._feed(waiting)
            busy = [decoder for decoder in self._decoders if decoder.held]
            if not busy:
                return
            ready = self._ready(busy)
            for decoder in busy:
                if decoder in ready:
                    yield from self._collect(decoder)
                elif time.monotonic() - decoder.since >= self._seconds:
                    yield from self._replace(decoder, tries=TRIES)

    def _feed(self, waiting: Iterator[Request]) -> None:
        for _ in range(AHEAD):
            for decoder in self._decoders:
                if len(decoder.held) < AHEAD and (work := self._next(waiting)):
                    decoder.send(work)

    def _next(self, waiting: Iterator[Request]) -> _Work | None:
        if self._again:
            return self._again.popleft()
        request = next(waiting, None)
        return _Work(request) if request else None

    def _ready(self, busy: list[_Decoder]) -> list[_Decoder]:
        first_due = min(decoder.since for decoder in busy) + self._seconds
        with selectors.DefaultSelector() as selector:
            for decoder in busy:
                selector.register(decoder.output, selectors.EVENT_READ, decoder)
            found = selector.select(timeout=max(0.0, first_due - time.monotonic()))
        return [key.data for key, _events in found]

    def _collect(self, decoder: _Decoder) -> Iterator[tuple[Request, Reply]]:
        answers = decoder.receive()
        yield from self._replace(decoder, tries=1) if answers is None else answers

    def _replace(self, decoder: _Decoder, *, tries: int) -> Iterator[tuple[Request, Reply]]:
        """Blame the file being read, once it has used up its tries; the others start over."""
        culprit, *others = decoder.replace()
        self._again.extend(others)
        culprit.tries += tries
        if culprit.tries < TRIES:
            self._again.append(culprit)
        else:
            yield culprit.request, Refusal("too_costly")
