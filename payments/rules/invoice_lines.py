"""The lines of an invoice: as many as a reader can take, with the sum always exact."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

MOST_LINES = 500


@dataclass(frozen=True)
class InvoiceLine:
    """`amount` is in minor units; `unit_amount` is empty where the things in the line had several prices.

    `producer` is a pseudonym: an invoice says no more of who made the goods.
    """

    text: str
    licence: str
    producer: str
    amount: int
    unit_amount: int | None
    quantity: int = 1


def single(*, text: str, licence: str, producer: str, amount: int) -> InvoiceLine:
    return InvoiceLine(text, licence, producer, amount, unit_amount=amount)


def folded(lines: Sequence[InvoiceLine], *, many: str, rest: str, most: int = MOST_LINES) -> list[InvoiceLine]:
    """The lines, or when there are too many one for each producer and licence, and one for the rest of these.

    `many` and `rest` name such lines and hold a %d for the number of things.
    """
    if len(lines) <= most:
        return list(lines)
    groups: dict[tuple[str, str], list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        groups[line.producer, line.licence].append(line)
    found = [_sum(group, many, licence, producer) for (producer, licence), group in groups.items()]
    if len(found) <= most:
        return found
    return [*found[: most - 1], _sum(found[most - 1 :], rest, "", "")]


def _sum(lines: Sequence[InvoiceLine], text: str, licence: str, producer: str) -> InvoiceLine:
    if len(lines) == 1:
        return lines[0]
    prices = {line.unit_amount for line in lines}
    quantity = sum(line.quantity for line in lines)
    return InvoiceLine(
        text=text % quantity,
        licence=licence,
        producer=producer,
        amount=sum(line.amount for line in lines),
        unit_amount=prices.pop() if len(prices) == 1 else None,
        quantity=quantity,
    )
