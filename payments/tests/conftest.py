from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import Conflict
from payments import earnings, registry
from payments.ledger import RefundTake, SaleShare
from payments.models import Checkout
from payments.registry import TakenBack
from payments.tests.factories import PURPOSE

HOLD = timedelta(days=14)


@dataclass
class Goods:
    """What an app above payments would do with a checkout: post the sale, remember, sometimes refuse."""

    paid: list[str] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)
    refunded: list[str] = field(default_factory=list)
    refuse: bool = False
    crash: bool = False

    def on_paid(self, checkout: Checkout) -> None:
        share = SaleShare(checkout.organization, checkout.amount, checkout.amount // 10)
        earnings.book_sale(
            key=f"sale:{checkout.public_id}",
            reference=checkout.ledger_reference,
            currency=checkout.currency,
            total=checkout.amount,
            shares=[share],
            release_at=timezone.now() + HOLD,
        )
        if self.refuse:
            raise Conflict("It is already sold exclusively.", code="sold")
        if self.crash:
            raise ZeroDivisionError
        self.paid.append(checkout.reference)

    def on_expired(self, checkout: Checkout) -> None:
        self.expired.append(checkout.reference)

    def on_refunded(self, refund: TakenBack) -> None:
        take = RefundTake(refund.checkout.organization, refund.amount - refund.amount // 10, refund.amount // 10)
        earnings.take_back(
            key=refund.ledger_key,
            kind=refund.ledger_kind,
            reference=refund.checkout.ledger_reference,
            currency=refund.currency,
            takes=[take],
            source=refund.source,
        )
        if self.crash:
            raise ZeroDivisionError
        self.refunded.append(refund.subject)


@pytest.fixture
def goods() -> Iterator[Goods]:
    before = dict(registry._purposes)
    goods = Goods()
    registry.register(registry.Purpose(PURPOSE, goods.on_paid, goods.on_expired, goods.on_refunded))
    yield goods
    registry._purposes.clear()
    registry._purposes.update(before)
