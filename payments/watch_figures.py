"""How the money stands, in a few figures for administrators: what waits, and our balance at Stripe beside the books."""

from dataclasses import dataclass
from datetime import datetime

from core.errors import Unavailable
from payments import stripe_movements, watch
from payments.admin_figures import money
from payments.models import PayoutRun, ReconciliationItem
from payments.stripe_client import Refused


@dataclass(frozen=True)
class Balance:
    """Ours in one currency, as text. `stripe` is empty when Stripe did not answer."""

    currency: str
    books: str
    stripe: str

    @property
    def agrees(self) -> bool:
        return self.books == self.stripe


@dataclass(frozen=True)
class Watched:
    oldest_movement: datetime | None
    oldest_due: datetime | None
    open_items: int
    last_run: PayoutRun | None
    balances: list[Balance]


def look() -> Watched:
    """Asks Stripe for the balance; without an answer the books stand alone."""
    return Watched(
        oldest_movement=watch.oldest_uncleared(),
        oldest_due=watch.oldest_due(),
        open_items=ReconciliationItem.objects.open().count(),
        last_run=PayoutRun.objects.order_by("-pk").first(),
        balances=_balances(),
    )


def _balances() -> list[Balance]:
    ours = watch.books_at_stripe()
    try:
        theirs = stripe_movements.balance()
    except (Unavailable, Refused):
        return [Balance(currency, money(amount, currency), "") for currency, amount in sorted(ours.items())]
    return [
        Balance(currency, money(ours.get(currency, 0), currency), money(theirs.get(currency, 0), currency))
        for currency in sorted({*ours, *theirs})
    ]
