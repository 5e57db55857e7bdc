"""Administrators see the books and the inbox, and can have things looked at again."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import PASSWORD, OrganizationFactory
from jobs.models import Job
from payments import earnings, invariants
from payments.ledger import SaleShare
from payments.models import Checkout, CheckoutState, EventState, LedgerAccount, LedgerTransaction, StripeEvent
from payments.services import checkouts as services
from payments.tests.conftest import Goods
from payments.tests.factories import CheckoutFactory, open_checkout, session_event
from payments.tests.sandbox import Sandbox
from payments.tests.test_events import handle_all

pytestmark = pytest.mark.django_db
PAGES = "/admin/payments"


def sale() -> None:
    earnings.book_sale(
        key="sale:1",
        reference="thing:1",
        currency="EUR",
        total=1000,
        shares=[SaleShare(OrganizationFactory(), 1000, 150)],
        release_at=timezone.now(),
    )


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@hub.test", PASSWORD))
    return client


@pytest.mark.parametrize("page", ["ledgeraccount", "ledgertransaction", "checkout", "stripeevent"])
def test_lists_and_details_can_be_read_and_nothing_added(staff: Client, goods: Goods, page: str) -> None:
    services.receive_event(event=session_event(CheckoutFactory()))
    handle_all()
    row = {
        "ledgeraccount": LedgerAccount,
        "ledgertransaction": LedgerTransaction,
        "checkout": Checkout,
        "stripeevent": StripeEvent,
    }[page].objects.get_queryset()[0]  # type: ignore[attr-defined]  # each has a manager
    assert staff.get(f"{PAGES}/{page}/").status_code == 200
    assert staff.get(f"{PAGES}/{page}/{row.pk}/change/").status_code == 200
    assert staff.get(f"{PAGES}/{page}/add/").status_code == 403
    assert staff.post(f"{PAGES}/{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_failed_event_is_handled_again(staff: Client, goods: Goods) -> None:
    event = services.receive_event(event=session_event(CheckoutFactory()))
    assert event is not None
    Job.objects.update(state="failed")
    StripeEvent.objects.update(state=EventState.FAILED)
    chosen = {"action": "handle_again", "_selected_action": [event.pk]}
    assert staff.post(f"{PAGES}/stripeevent/", chosen).status_code == 302
    assert Job.objects.active().get().arguments == {"event": event.event_id}


def test_a_checkout_is_asked_about(staff: Client, sandbox: Sandbox, goods: Goods) -> None:
    checkout = open_checkout()
    sandbox.pay(str(checkout.session_id))
    chosen = {"action": "ask_stripe", "_selected_action": [checkout.pk]}
    assert staff.post(f"{PAGES}/checkout/", chosen).status_code == 302
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID


def test_the_invariants_hold_and_say_so(staff: Client, capsys: pytest.CaptureFixture[str]) -> None:
    sale()
    call_command("check_ledger")
    said = capsys.readouterr().out
    assert said.count("holds") == len(invariants.INVARIANTS)
    page = staff.get(f"{PAGES}/ledgeraccount/invariants/")
    assert page.content.decode().count("Holds") == len(invariants.INVARIANTS)


def broken_by(statement: str) -> set[str]:
    """Names of the invariants that a hand in the database breaks, its triggers switched off."""
    sale()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")
    return {finding.name for finding in invariants.check() if not finding.holds}


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE payments_ledgerentry SET amount = amount + 1 WHERE part = 'charge'", "Every transaction sums"),
        ("DELETE FROM payments_ledgerentry WHERE part = 'charge'", "Every transaction has all its entries"),
        ("UPDATE payments_ledgeraccount SET balance = 7 WHERE kind = 'commission'", "Every balance is the sum"),
        ("UPDATE payments_ledgerentry SET currency = 'USD' WHERE part = 'charge'", "Every entry is of an account"),
        ("UPDATE payments_ledgeraccount SET kind = 'rounding' WHERE kind = 'clearing'", "Nothing is left on"),
        ("UPDATE payments_earning SET taken = 1", "What is held for a payee"),
        ("UPDATE payments_earning SET released_at = now()", "What is held for a payee"),
        ("DROP TRIGGER ledger_entry_append_only ON payments_ledgerentry", "The rules of the ledger are in force"),
        ("ALTER TABLE payments_ledgerentry DISABLE TRIGGER ledger_entry_applied", "The rules of the ledger"),
    ],
)
def test_a_broken_invariant_is_named(statement: str, name: str) -> None:
    assert any(found.startswith(name) for found in broken_by(statement))


def test_a_payment_that_never_reached_the_ledger_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    checkout = CheckoutFactory(state="paid", paid_at="2026-01-01T00:00Z")
    with pytest.raises(SystemExit):
        call_command("check_ledger")
    said = capsys.readouterr().out
    assert "BROKEN  Every paid checkout is in the ledger" in said
    assert checkout.public_id in said
