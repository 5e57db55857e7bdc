"""A small market: who sells, who buys, what is for sale in which currency, and the one clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import stripe
import time_machine
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.models import Membership, User
from accounts.tests.factories import MembershipFactory
from labelhub.simulation.chaos import Chaos
from labelhub.simulation.network import Network
from licensing.tests.factories import offered
from marketplace.models import Offer
from marketplace.tests.factories import images_of, listed
from payments.models import Payee
from payments.sandbox import delivery, onboarding, store
from payments.services import payees

BEGIN = datetime(2030, 3, 4, 9, 0, tzinfo=UTC)
# Minor units, around the smallest charge, the payout's threshold and the limit for one administrator.
PRICES = {
    "EUR": (1, 37, 99, 1_999, 4_850, 61_003),
    "USD": (33, 501, 2_500, 99_999),
    "JPY": (1, 49, 777, 3_001, 120_000),
    "KWD": (10, 1_230, 25_550),
}
BANK = "DE89370400440532013000"
SELLERS, BUYERS, IMAGES = 3, 3, 20
OWN_COMMISSION = (None, 0, 3_333)
SOLD_BY = (("EUR", "USD"), ("EUR", "JPY"), ("EUR", "USD", "KWD"))

Clock = time_machine.Traveller


@dataclass
class World:
    """What the steps need. Everything else they look up, in the order in which it was made."""

    draw: Random
    clock: Clock
    chaos: Chaos
    dashboard: stripe.StripeClient
    network: Network = field(default_factory=Network)
    sellers: list[Membership] = field(default_factory=list)
    buyers: list[Membership] = field(default_factory=list)
    administrators: list[User] = field(default_factory=list)
    on_sale: dict[str, list[int]] = field(default_factory=dict)
    orders: int = 0

    def furnish(self) -> None:
        offered()
        self.administrators = [_administrator(name) for name in ("root", "ruth")]
        self.sellers = MembershipFactory.create_batch(SELLERS)
        self.buyers = MembershipFactory.create_batch(BUYERS, organization__is_personal=True)
        for seat, rate, currencies in zip(self.sellers, OWN_COMMISSION, SOLD_BY, strict=True):
            seat.organization.commission_basis_points = rate
            seat.organization.save()
            for currency in currencies:
                self._list(seat, currency)
        for seat in self.sellers[1:]:
            payees.onboard(actor=seat.user, organization=seat.organization, country="DE")
        with store.transaction() as written:
            for payee in Payee.objects.order_by("pk"):
                onboarding.finish(written, str(payee.stripe_id), "complete", onboarding.BankDetails("A seller", BANK))

    def one_of(self, found: Sequence[Any] | QuerySet[Any]) -> Any:
        return found[self.draw.randrange(len(found))]

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    def pass_time(self, **span: float) -> None:
        """The clock goes on, and at the sandbox happens what happens by itself."""
        self.clock.shift(timedelta(**span))
        delivery.pass_time()

    def _list(self, seat: Membership, currency: str) -> None:
        dataset = listed(seat, price=PRICES[currency][-1], currency=currency, image_price=100, items=IMAGES)
        offers = [*images_of(dataset), dataset]
        for offer in offers:
            offer.price_minor = self.draw.choice(PRICES[currency])
        Offer.objects.bulk_update(offers, ["price_minor"])
        self.on_sale.setdefault(currency, []).extend(offer.pk for offer in offers)


def forget_sandbox() -> None:
    with store.transaction() as written:
        written.run("truncate objects, deliveries, delivery_switches, idempotency_keys, faults")
        written.run("update controls set negative_balances = false")


def _administrator(name: str) -> User:
    return User.objects.create_superuser(f"{name}@hub.test", "only-in-a-simulation")


def forget() -> None:
    """Empty every table of the product, the ledger's too, which refuses that to anybody else."""
    names = connection.introspection.table_names()
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    tables = ", ".join(connection.ops.quote_name(name) for name in sorted({*names} - kept))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = replica; TRUNCATE {tables} RESTART IDENTITY CASCADE")
