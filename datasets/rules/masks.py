"""Masks as COCO run lengths: counts run down each column, columns left to right, starting with background.

A mask is `{"size": [height, width], "counts": [background, object, background, ...]}`; the counts add up to
height x width. The compressed string is COCO's own (maskApi.c, rleToString): each count, from the fourth on as
the difference to the one two before, in five-bit groups from the lowest, a sixth bit when more follow, plus 48.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from math import ceil

from datasets.rules.planar import Bounds, Ring, edges, hull

_RUN = re.compile(rb"\x00+|\x01+")


def encode(raster: bytes, width: int, height: int) -> list[int]:
    """Counts of a raster of 0 and 1 bytes, row by row."""
    if len(raster) != width * height:
        raise ValueError("The raster is not width x height long.")
    columns = b"".join(raster[x::width] for x in range(width))
    counts = [len(run) for run in _RUN.findall(columns)]
    return [0, *counts] if columns[:1] == b"\x01" else counts


def decode(counts: Sequence[int], width: int, height: int) -> bytes:
    """The raster of 0 and 1 bytes, row by row."""
    columns = b"".join(bytes([index % 2]) * run for index, run in enumerate(counts))
    return b"".join(columns[y::height] for y in range(height))


def tidy(counts: Iterable[int]) -> list[int]:
    """The one shortest way to write the same runs: none is empty but the first."""
    merged: list[int] = [0]
    for index, run in enumerate(counts):
        if run and index % 2 == (len(merged) - 1) % 2:
            merged[-1] += run
        elif run:
            merged.append(run)
    return merged


def runs(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Start and end (exclusive) of each run of object pixels, counted down the columns."""
    ends = [0, *accumulate(counts)]
    for index, (start, end) in enumerate(pairwise(ends)):
        if index % 2 and end > start:
            yield start, end


def area(counts: Sequence[int]) -> int:
    """Object pixels."""
    return sum(counts[1::2])


def bounds(counts: Sequence[int], height: int) -> Bounds:
    x0 = y0 = float("inf")
    x1 = y1 = 0.0
    for start, end in runs(counts):
        first, last = start // height, (end - 1) // height
        spans = last > first
        x0, x1 = min(x0, first), max(x1, last + 1)
        y0 = 0 if spans else min(y0, start % height)
        y1 = height if spans else max(y1, (end - 1) % height + 1)
    return (x0, y0, x1, y1) if x1 else (0.0, 0.0, 0.0, 0.0)


def intersection(first: Sequence[int], second: Sequence[int]) -> int:
    """Pixels that belong to both masks."""
    shared, others = 0, list(runs(second))
    position = 0
    for start, end in runs(first):
        while position < len(others) and others[position][1] <= start:
            position += 1
        scan = position
        while scan < len(others) and others[scan][0] < end:
            shared += min(end, others[scan][1]) - max(start, others[scan][0])
            scan += 1
    return shared


def from_rings(rings: Sequence[Ring], width: int, height: int) -> list[int]:
    """Counts of the pixels whose centre lies inside any of the rings (even-odd within each ring)."""
    columns = bytearray(width * height)
    for ring in rings:
        left, _, right, _ = hull(ring)
        for x in range(max(0, int(left)), min(width, ceil(right))):
            for y0, y1 in _spans(ring, x + 0.5, height):
                columns[x * height + y0 : x * height + y1] = b"\x01" * (y1 - y0)
    counts = [len(run) for run in _RUN.findall(bytes(columns))]
    return [0, *counts] if columns[:1] == b"\x01" else counts


def _spans(ring: Ring, x: float, height: int) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) pixel of each stretch of the vertical line at x inside the ring."""
    crossings = sorted(
        ay + (x - ax) / (bx - ax) * (by - ay) for (ax, ay), (bx, by) in edges(ring) if (ax <= x) != (bx <= x)
    )
    for top, bottom in zip(crossings[::2], crossings[1::2], strict=False):
        y0, y1 = max(0, ceil(top - 0.5)), min(height, ceil(bottom - 0.5))
        if y1 > y0:
            yield y0, y1


def to_text(counts: Sequence[int]) -> str:
    """COCO's compressed string."""
    return "".join(_packed(run - counts[index - 2] if index > 2 else run) for index, run in enumerate(counts))


def _packed(value: int) -> str:
    letters = []
    while True:
        bits = value & 0x1F
        value >>= 5
        more = value != (-1 if bits & 0x10 else 0)
        letters.append(chr(bits + (0x20 if more else 0) + 48))
        if not more:
            return "".join(letters)


def from_text(text: str) -> list[int]:
    """Counts from COCO's compressed string; ValueError when it is not one."""
    counts: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 35:
            raise ValueError("not a compressed run-length string")
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            value -= (1 << shift) if bits & 0x10 else 0
            counts.append(value + counts[-2] if len(counts) > 2 else value)
            value = shift = 0
    if shift:
        raise ValueError("the compressed run-length string ends too early")
    return counts
