"""A quiet geometric mark for each pseudonym, so that the eye finds the same producer again."""

from functools import lru_cache
from hashlib import sha256

SIZE = 5


@lru_cache(maxsize=4096)
def mark_path(name: str) -> str:
    """The filled cells of a mirrored 5 by 5 grid as an SVG path; the same name gives the same mark."""
    bits = int.from_bytes(sha256(name.encode()).digest()[:4], "big")
    half = [(x, y) for y in range(SIZE) for x in range(SIZE // 2 + 1) if bits >> (y * 3 + x) & 1]
    cells = sorted({cell for x, y in half for cell in ((x, y), (SIZE - 1 - x, y))})
    return "".join(f"M{x} {y}h1v1h-1z" for x, y in cells)
