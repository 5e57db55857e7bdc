"""What the hosted page can list."""

from collections.abc import Sequence
from dataclasses import dataclass

from payments.rules.limits import MOST_CHECKOUT_LINES

LONGEST_NAME = 250


@dataclass(frozen=True)
class CheckoutLine:
    """One line of a checkout. `unit_amount` is in minor units of the checkout's currency."""

    name: str
    unit_amount: int
    quantity: int = 1

    @property
    def amount(self) -> int:
        return self.unit_amount * self.quantity


def folded(lines: Sequence[CheckoutLine], more: str) -> list[CheckoutLine]:
    """The lines, the last of them standing for the rest when there are more than a page takes.

    `more` names that line and holds a %d for their number. The sum stays the same.
    """
    short = [CheckoutLine(line.name[:LONGEST_NAME], line.unit_amount, line.quantity) for line in lines]
    if len(short) <= MOST_CHECKOUT_LINES:
        return short
    shown, rest = short[: MOST_CHECKOUT_LINES - 1], short[MOST_CHECKOUT_LINES - 1 :]
    return [*shown, CheckoutLine(more % len(rest), sum(line.amount for line in rest))]
