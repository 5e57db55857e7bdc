"""What moved the platform's balance at Stripe, and what it is now."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe
from stripe.params import BalanceTransactionListParams

from payments.stripe_client import answers, client


@dataclass(frozen=True)
class MovementFacts:
    """What we go by in a balance transaction. `source` is Stripe's id of what caused it."""

    stripe_id: str
    type: str
    amount: int
    fee: int
    currency: str
    source: str
    payment_intent: str
    happened_at: datetime

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "MovementFacts":
        source = data.get("source") or {}
        whole = isinstance(source, Mapping)
        return cls(
            stripe_id=data["id"],
            type=data["type"],
            amount=data["amount"],
            fee=data["fee"],
            currency=data["currency"].upper(),
            source=(source.get("id") or "") if whole else str(source),
            payment_intent=(source.get("payment_intent") or "") if whole else "",
            happened_at=datetime.fromtimestamp(data["created"], UTC),
        )


def since(moment: datetime | None) -> Iterator[MovementFacts]:
    """All movements from a moment on, newest first."""
    params: BalanceTransactionListParams = {"limit": 100, "expand": ["data.source"]}
    if moment:
        params["created"] = {"gte": int(moment.timestamp())}
    with answers():
        for found in client().v1.balance_transactions.list(params).auto_paging_iter():
            yield MovementFacts.read(found.to_dict())


def balance() -> dict[str, int]:
    """What the platform has at Stripe, settled or not, in minor units by currency."""
    with answers():
        found = client().v1.balance.retrieve()
    sums: dict[str, int] = defaultdict(int)
    for currency, amount in funds(found):
        sums[currency] += amount
    return dict(sums)


def funds(found: stripe.Balance) -> Iterator[tuple[str, int]]:
    """All parts of a balance, settled or not."""
    yield from ((each.currency.upper(), each.amount) for each in found.available)
    yield from ((each.currency.upper(), each.amount) for each in found.pending)
