"""Prices and what is taken from them, in integer minor units."""

LARGEST_PRICE = 10_000_000


def commission(price_minor: int, basis_points: int) -> int:
    """The platform's share, rounded half up to a minor unit. The seller gets the rest, so nothing is lost."""
    return (price_minor * basis_points + 5_000) // 10_000


def net(price_minor: int, basis_points: int) -> int:
    return price_minor - commission(price_minor, basis_points)
