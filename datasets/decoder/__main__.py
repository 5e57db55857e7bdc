"""Reads requests from standard input and answers on standard output until the input ends."""

import argparse
import resource
import sys

import pyvips

from datasets.decoder import images
from datasets.decoder.protocol import READY, Limits, Refusal, Reply, Request, dump_reply, load_request

OPEN_FILES = 64


def limit_process(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.written_bytes, limits.written_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_cpu(seconds: int) -> None:
    """From now on; the limit itself counts from the start of the process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def answer(request: Request, limits: Limits) -> Reply:
    try:
        return images.read(request, most_pixels=limits.pixels)
    except Refusal as refusal:
        return refusal
    except MemoryError:
        return Refusal("too_costly")


def parse_limits() -> Limits:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pixels", "cpu_seconds", "memory_bytes", "written_bytes"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Limits, name))
    return Limits(**vars(parser.parse_args()))


def main() -> None:
    limits = parse_limits()
    limit_process(limits)
    images.allow_only_our_loaders()
    pyvips.cache_set_max(0)
    say(READY)
    for line in sys.stdin.buffer:
        allow_cpu(limits.cpu_seconds)
        say(dump_reply(answer(load_request(line), limits)))


def say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
