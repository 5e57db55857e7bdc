"""Which images of a dataset a visitor sees: drawn by the platform, the same for everyone and for good."""

import random

SAMPLE_SIZE = 24


def sample_positions(seed: str, item_count: int, size: int = SAMPLE_SIZE) -> list[int]:
    """At most `size` positions from 1 to `item_count`, in order. The seed decides, so a seller cannot draw again."""
    drawn = random.Random(seed).sample(range(1, item_count + 1), min(size, item_count))  # noqa: S311  # repeatable
    return sorted(drawn)
