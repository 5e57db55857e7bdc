"""What a checkout can be for. Apps above payments register their purposes when Django starts
(`AppConfig.ready`), so that payments tells them what became of their checkouts without importing them."""

from collections.abc import Callable
from dataclasses import dataclass

from payments.models import Checkout, Refund


@dataclass(frozen=True)
class Purpose:
    """`paid` and `expired` run inside the transaction that settles the checkout, at most once each.

    An exception in them undoes the settlement, which is then tried again. What `paid` posts to the
    ledger refers to `checkout.ledger_reference`. `refunded` runs inside the transaction that books a refund, once
    for each `refund.subject`: it posts what the refund takes from whom under `refund.ledger_key`, and takes the
    goods back.
    """

    name: str
    paid: Callable[[Checkout], None]
    expired: Callable[[Checkout], None]
    refunded: Callable[[Refund], None]


_purposes: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    _purposes[purpose.name] = purpose


def purpose(name: str) -> Purpose:
    """Raises KeyError for a name that no app registered."""
    return _purposes[name]
