"""Dividing integer amounts of minor units without losing or making any."""

from collections.abc import Sequence

WHOLE = 10_000


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of `total` in proportion to the weights, summing to it exactly (largest remainder, Hamilton 1792).

    No part is more than one minor unit away from its exact share. Equal remainders go to the earlier part.
    Raises ValueError for a negative total or weight, or when no weight is positive.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("a split needs a total and weights that are not negative, and one weight above zero")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(total * weights[place] % whole))
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts


def commission(amount: int, basis_points: int) -> int:
    """The platform's part of an amount in minor units, rounded half up; 1500 basis points are 15 %."""
    if amount < 0 or not 0 <= basis_points <= WHOLE:
        raise ValueError("commission is taken of an amount that is not negative, at 0 to 10,000 basis points")
    return (amount * basis_points + WHOLE // 2) // WHOLE
