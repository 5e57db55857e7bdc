"""What the tests of failure cases share: a payee who was paid, what Stripe has, and whether the books hold."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import stripe
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Organization
from payments import invariants, watch
from payments.models import AccountKind, Checkout, Earning, Movement, Payee, Transfer
from payments.services import checkouts
from payments.tests.factories import open_checkout
from payments.tests.payees import pay_out, ready_payee, work_off
from payments.tests.sandbox import CONNECT_SECRET, Sandbox

HELD, AVAILABLE = AccountKind.PAYABLE_HELD, AccountKind.PAYABLE_AVAILABLE
ON_THE_WAY, OWED = AccountKind.PAYABLE_IN_TRANSIT, AccountKind.RECEIVABLE
COMMISSION, CLEARING = AccountKind.COMMISSION, AccountKind.CLEARING
DISPUTED, LOST = AccountKind.DISPUTE_HOLD, AccountKind.WRITE_OFF
REFUNDABLE = AccountKind.BUYER_REFUNDABLE
TRANSFERS, REVERSALS, REFUNDS = "/v1/transfers", "/v1/transfers/*/reversals", "/v1/refunds"
AT_ONCE = "4000000000000077"
ATTEMPTS = 3  # of one request: the SDK's first and its two repeats
Mails = Callable[[Callable[[], object]], list[EmailMessage]]


def all_hold() -> bool:
    """Every invariant, every movement at Stripe explained, and our balance there as the books have it."""
    watch.follow_balance()
    broken = [(finding.name, finding.rows) for finding in invariants.check() if not finding.holds]
    stray = list(Movement.objects.unexplained())
    assert (broken, stray, watch.disagreements()) == ([], [], {})
    return True


def hear_all() -> None:
    """The events that no webhook brought, and what follows from them."""
    checkouts.fetch_events()
    work_off()


def webhook(address: str, event: dict[str, Any], secret: str | None) -> int:
    """The status of the answer to a webhook, signed with a secret or not at all."""
    body = json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(body, secret) if secret else ""
    headers = {"Stripe-Signature": signature}
    return Client().post(address, body, content_type="application/json", headers=headers).status_code


def hear_of(sandbox: Sandbox, payee: Payee) -> None:
    """All that the connect endpoint is told of a payee's account, and what follows from it."""
    events = sandbox.client.v1.events.list({"limit": 100}, {"stripe_account": str(payee.stripe_id)})
    for event in events.data[::-1]:
        assert webhook("/payments/webhook/connect/", event.to_dict(), CONNECT_SECRET) == 200
    work_off()


def sold(
    sandbox: Sandbox, seller: Organization, amount: int = 10_000, reference: str = "thing", currency: str = "EUR"
) -> Checkout:
    """A paid checkout, of which 90 % are the seller's, and whose money is at hand at Stripe at once."""
    checkout = open_checkout(reference=reference, organization=seller, amount=amount, currency=currency)
    sandbox.pay(str(checkout.session_id), AT_ONCE)
    return checkouts.confirm(checkout=checkout)


def pass_hold() -> None:
    """The buyers' time to check is over."""
    Earning.objects.update(release_at=timezone.now() - timedelta(seconds=1))


def paid_out(sandbox: Sandbox, seller: Organization, amount: int = 10_000) -> tuple[Payee, Checkout]:
    """A payee to whom 90 % of one sale were sent."""
    payee = ready_payee(sandbox, seller)
    checkout = sold(sandbox, seller, amount)
    pass_hold()
    pay_out()
    return payee, checkout


def due(sandbox: Sandbox, seller: Organization, *amounts: int) -> Payee:
    """A payee whose sales may be paid out now."""
    payee = ready_payee(sandbox, seller)
    for place, amount in enumerate(amounts or (10_000,)):
        sold(sandbox, seller, amount, reference=f"{seller.pk}-{place}")
    pass_hold()
    return payee


def refund(checkout: Checkout, amount: int = 10_000, subject: str = "thing") -> None:
    checkouts.refund_checkout(checkout=checkout, subject=subject, amount=amount, reason="Bad", actor=None)
    work_off()


def sent(sandbox: Sandbox) -> list[int]:
    """Amounts of all transfers that Stripe knows, the oldest first, less what was taken back."""
    found = sandbox.client.v1.transfers.list({"limit": 100}).data
    return [each.amount - each.amount_reversed for each in found][::-1]


def at_bank(sandbox: Sandbox, payee: Payee, amount: int) -> str:
    """Pay a payee's bank from their account at Stripe. Returns the payout's id."""
    made = sandbox.client.v1.payouts.create(
        {"amount": amount, "currency": "eur"}, {"stripe_account": str(payee.stripe_id)}
    )
    return str(made.id)


def charge_of(sandbox: Sandbox, checkout: Checkout) -> str:
    intent = sandbox.client.v1.payment_intents.retrieve(checkout.payment_intent)
    return str(intent.latest_charge)


def subjects(letters: Iterable[EmailMessage]) -> list[tuple[str, str]]:
    """(to whom, subject) of each mail."""
    return sorted((letter.to[0], str(letter.subject)) for letter in letters)


def states() -> list[str]:
    return list(Transfer.objects.order_by("pk").values_list("state", flat=True))


def at_once(times: int, act: Callable[[int], Any]) -> list[Any]:
    """Do it in so many threads that begin together. What they raise comes out."""
    start = Barrier(times)

    def one(place: int) -> Any:
        start.wait()
        try:
            return act(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def together(*acts: Callable[[], Any]) -> None:
    at_once(len(acts), lambda place: acts[place]())
