"""Numbers and paths as every writer spells them."""

import hashlib

from datasets.formats.matching import stem
from datasets.rules.kinds import rounded


def plain(value: float) -> int | float:
    """Thousandths at most, and no `.0`."""
    short = rounded(value)
    return int(short) if short.is_integer() else short


class Stems:
    """Names without extension, unique for formats whose label files carry no extension of the image."""

    def __init__(self) -> None:
        self._taken: set[bytes] = set()

    def of(self, name: str) -> str:
        """The stem, or the whole name when another image has taken the stem."""
        for candidate in (stem(name), name):
            # Eight bytes of a digest instead of the name keep a million names in memory small.
            digest = hashlib.blake2b(candidate.casefold().encode(), digest_size=8).digest()
            if digest not in self._taken:
                self._taken.add(digest)
                return candidate
        raise ValueError(f"Two images are named {name!r}.")
