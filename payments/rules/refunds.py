"""What a refund takes back from whom, exact to the minor unit however often a sale is refunded in part."""

from collections.abc import Sequence
from dataclasses import dataclass

from payments.rules.split import split


@dataclass(frozen=True)
class Sold:
    """One line as it was sold, and how much of its price was given back before, in minor units."""

    price: int
    commission: int
    refunded: int = 0

    @property
    def left(self) -> int:
        return self.price - self.refunded


@dataclass(frozen=True)
class Taken:
    """A refund's parts in minor units: what the seller and what the platform gives back."""

    share: int
    commission: int

    @property
    def amount(self) -> int:
        return self.share + self.commission


def taken_back(sold: Sold, amount: int) -> Taken:
    """Whose money the next `amount` of a line's refund is.

    All that was ever given back of a line is split as its price was (largest remainder); a refund takes the
    difference to what the earlier ones took. So refunds that add up to the price add up to the share and to the
    commission. With two parts the split never takes more of one by giving back less of the other.
    """
    if not 0 < amount <= sold.left:
        raise ValueError("a refund takes something, and no more than is left of the line")
    before, after = _cumulative(sold, sold.refunded), _cumulative(sold, sold.refunded + amount)
    return Taken(after.share - before.share, after.commission - before.commission)


def spread(amount: int, left: Sequence[int]) -> list[int]:
    """An amount that names no lines, as parts of what is left of each; no part is more than that."""
    if not 0 <= amount <= sum(left):
        raise ValueError("more than is left cannot be spread")
    return split(amount, left) if amount else [0] * len(left)


def _cumulative(sold: Sold, refunded: int) -> Taken:
    if not refunded:
        return Taken(0, 0)
    share, commission = split(refunded, [sold.price - sold.commission, sold.commission])
    return Taken(share, commission)
