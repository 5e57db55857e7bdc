import secrets
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from accounts.models import Membership, Organization, User
from accounts.tests.factories import MembershipFactory, OrganizationFactory
from payments.models import Checkout
from payments.rules.lines import CheckoutLine
from payments.services import checkouts as services

PURPOSE = "test"


class CheckoutFactory(factory.django.DjangoModelFactory[Checkout]):
    """A checkout whose page is open, at a session that only the tests know of."""

    class Meta:
        model = Checkout

    purpose = PURPOSE
    reference = factory.Sequence(lambda n: f"thing-{n}")
    organization = factory.SubFactory(OrganizationFactory)
    currency = "EUR"
    amount = 1000
    lines = factory.LazyFunction(lambda: [{"name": "Thing", "unit_amount": 1000, "quantity": 1}])
    success_url = "https://hub.test/done"
    cancel_url = "https://hub.test/cart"
    idempotency_key = factory.LazyFunction(secrets.token_hex)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=2))
    state = "open"
    session_id = factory.Sequence(lambda n: f"cs_test_{n}")
    url = "https://pay.test/"


def open_checkout(
    reference: str = "thing", organization: Organization | None = None, amount: int = 1000, currency: str = "EUR"
) -> Checkout:
    return services.open_checkout(
        purpose=PURPOSE,
        reference=reference,
        organization=organization or OrganizationFactory(),
        actor=None,
        lines=[CheckoutLine("Thing", amount)],
        currency=currency,
        success_url="https://hub.test/done",
        cancel_url="https://hub.test/cart",
    )


def session_event(checkout: Checkout, kind: str = "checkout.session.completed", **facts: Any) -> dict[str, Any]:
    """An event as Stripe sends it about a checkout's session."""
    session = {
        "id": checkout.session_id or f"cs_test_{secrets.token_hex(8)}",
        "object": "checkout.session",
        "client_reference_id": checkout.public_id,
        "status": "complete",
        "payment_status": "paid",
        "amount_total": checkout.amount,
        "currency": checkout.currency.lower(),
        "payment_intent": "pi_1",
        "livemode": False,
        "url": None,
        **facts,
    }
    return {
        "id": f"evt_{secrets.token_hex(8)}",
        "object": "event",
        "type": kind,
        "created": int(timezone.now().timestamp()),
        "livemode": False,
        "data": {"object": session},
    }


def member_of(organization: Organization) -> User:
    """Somebody who may decide about its money."""
    found = Membership.objects.filter(organization=organization).select_related("user").first()
    return found.user if found else MembershipFactory(organization=organization).user
