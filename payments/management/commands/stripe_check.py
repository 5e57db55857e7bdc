"""Whether Stripe itself still answers as our code expects: `make stripe-check STRIPE_TEST_KEY=sk_test_…`.

Our own calls, with rows that are never stored, against Stripe's test mode. STRIPE_CHECK_BASE names another address,
such as the sandbox's, to try the check itself.
"""

import os
import secrets
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Organization
from core.errors import Unavailable
from payments import stripe_client, stripe_movements, stripe_payees
from payments.events import HANDLERS
from payments.models import Checkout, Payee, Transfer
from payments.stripe_client import Refused

SKIPPED = "Skipped: STRIPE_TEST_KEY is not set. It takes a secret key of Stripe's test mode, sk_test_…"
NOT_TEST = "Refused: STRIPE_TEST_KEY is not a key of Stripe's test mode, sk_test_…"
HOME = "https://hub.example.org/"


class Command(BaseCommand):
    help = "Runs our calls against Stripe's test mode. Without STRIPE_TEST_KEY it does nothing and says so."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        key = os.environ.get("STRIPE_TEST_KEY", "")
        if not key:
            self.stdout.write(SKIPPED)
            return
        if not key.startswith("sk_test_"):
            self.stderr.write(NOT_TEST)
            sys.exit(1)
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = key, os.environ.get("STRIPE_CHECK_BASE", "")
        try:
            for said in _steps():
                self.stdout.write(f"ok      {said}")
        except (Refused, Unavailable, AssertionError) as error:
            self.stderr.write(f"FAILED  {error.__cause__ or error}")
            sys.exit(1)


def _steps() -> Iterator[str]:
    """What was seen, one step after the other; the first that fails ends it."""
    yield from _session()
    account = yield from _account()
    yield _transfer(account)
    since = timezone.now() - timedelta(days=1)
    events = stripe_client.undelivered_events(since=since, types=sorted(HANDLERS))
    yield f"{len(events)} events of our {len(HANDLERS)} types are listed as not delivered"
    moved = sum(1 for _movement in stripe_movements.since(since))
    yield f"{moved} movements of a day read, and the balance: {stripe_movements.balance()}"


def _session() -> Iterator[str]:
    checkout = Checkout(
        purpose="check",
        reference=secrets.token_hex(8),
        currency="EUR",
        amount=1_000,
        lines=[{"name": "A check of the connection", "unit_amount": 1_000, "quantity": 1}],
        success_url=HOME,
        cancel_url=HOME,
        idempotency_key=secrets.token_hex(16),
        expires_at=timezone.now() + timedelta(hours=1),
    )
    made = stripe_client.create_session(checkout)
    yield f"checkout session {made.session_id} opened"
    _require(stripe_client.create_session(checkout).session_id == made.session_id, "the same key made a second session")
    read = stripe_client.retrieve_session(made.session_id)
    wanted = (checkout.public_id, 1_000, "EUR", "unpaid")
    _require((read.checkout_id, read.amount, read.currency, read.payment_status) == wanted, f"it reads {read}")
    yield "the same key gives the same session, and it reads as it was made"
    _require(stripe_client.expire_session(made.session_id).status == "expired", "it did not expire")
    yield "the session is expired"


def _account() -> Any:
    owner = Organization(name="A check", pseudonym=f"Check {secrets.token_hex(4)}")
    payee = Payee(organization=owner, country="DE", idempotency_key=secrets.token_hex(16))
    account = stripe_payees.create_account(payee)
    yield f"payee's account {account} made"
    facts = stripe_payees.retrieve_account(account)
    _require(facts.own_id == payee.public_id, "the account does not name our row")
    _require(bool(facts.missing) and not facts.transfers_enabled, f"it reads {facts}")
    yield f"it reads as not ready, with {len(facts.missing)} things missing"
    url = stripe_payees.account_link(account, refresh_url=HOME, return_url=HOME, update=False)
    yield f"the hosted page is at {url.partition('?')[0].rsplit('/', 1)[0]}/…"
    return account


def _transfer(account: str) -> str:
    """To an account that gave no details: refused, for that or for lack of funds, and nothing is left behind."""
    payee = Payee(organization=Organization(), country="DE", stripe_id=account)
    transfer = Transfer(payee=payee, amount=1_000, currency="EUR", idempotency_key=secrets.token_hex(16))
    try:
        made = stripe_payees.create_transfer(transfer)
    except Refused as refusal:
        _require(stripe_payees.find_transfer(transfer) is None, "a refused transfer is there all the same")
        return f"a transfer to it is refused: {refusal}"
    found = stripe_payees.find_transfer(transfer)
    _require(found is not None and found.stripe_id == made.stripe_id, "the transfer is not found by its group")
    return f"transfer {made.stripe_id} made, and found by its group"


def _require(holds: bool, complaint: str) -> None:
    if not holds:
        raise AssertionError(complaint)
