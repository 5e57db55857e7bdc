"""Failure cases of what Stripe tells us, over HTTP: forgeries, other people's accounts, and an hour of silence."""

import logging
import secrets
import time
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Organization
from accounts.tests.factories import OrganizationFactory
from core.errors import Unavailable
from jobs.models import Job, JobState
from payments import tasks
from payments.models import (
    BankPayout,
    Checkout,
    CheckoutState,
    EventState,
    LedgerTransaction,
    Payee,
    Refund,
    RefundState,
    Reversal,
    SendState,
    StripeEvent,
    Transfer,
)
from payments.services import checkouts, payees, payouts
from payments.tests.cases import (
    AVAILABLE,
    ON_THE_WAY,
    OWED,
    Mails,
    all_hold,
    at_bank,
    due,
    hear_of,
    paid_out,
    pass_hold,
    sent,
    sold,
    states,
    subjects,
    webhook,
)
from payments.tests.conftest import Goods
from payments.tests.factories import open_checkout, session_event
from payments.tests.payees import figures, pay_out, ready_payee, work_off
from payments.tests.sandbox import CONNECT_SECRET, SECRET, Sandbox
from payments.tests.test_sandbox_dashboard import press

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("goods")]
PLATFORM, CONNECT = "/payments/webhook/", "/payments/webhook/connect/"
FOR_AN_HOUR: dict[str, Any] = {"path": "/v1/*", "kind": "error_before", "times": 1_000}


@pytest.fixture
def seller(db: None) -> Organization:
    found: Organization = OrganizationFactory()
    return found


def payee_event(account: str, kind: str = "account.updated", **facts: Any) -> dict[str, Any]:
    """An event as Stripe sends it about a payee's account."""
    return {
        "id": f"evt_{secrets.token_hex(8)}",
        "object": "event",
        "type": kind,
        "account": account,
        "created": int(timezone.now().timestamp()),
        "livemode": False,
        "data": {"object": {"id": account, "object": "account"} | facts},
    }


@pytest.mark.parametrize(
    ("address", "secret", "changes"),
    [
        (PLATFORM, None, {}),
        (PLATFORM, "whsec_wrong", {}),
        (PLATFORM, CONNECT_SECRET, {}),
        (PLATFORM, SECRET, {"livemode": True}),
        (PLATFORM, SECRET, {"account": "acct_1"}),
        (CONNECT, SECRET, {"account": "acct_1"}),
        (CONNECT, CONNECT_SECRET, {}),
        (CONNECT, CONNECT_SECRET, {"account": "acct_1", "livemode": True}),
        (CONNECT, None, {"account": "acct_1"}),
    ],
)
def test_case_30_forgeries_are_turned_away_logged_and_change_nothing(
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    address: str,
    secret: str | None,
    changes: dict[str, Any],
) -> None:
    checkout = open_checkout()
    with caplog.at_level(logging.WARNING, logger="payments.views"):
        assert webhook(address, session_event(checkout) | changes, secret) == 400
    assert "turned away" in caplog.text
    checkout.refresh_from_db()
    assert (checkout.state, StripeEvent.objects.count(), Job.objects.count()) == (CheckoutState.OPEN, 0, 0)
    assert not LedgerTransaction.objects.exists()


def test_case_30_an_account_that_is_none_of_ours_is_ignored(sandbox: Sandbox) -> None:
    for event in (payee_event("acct_stranger"), payee_event("acct_stranger", "payout.paid", id="po_1")):
        assert webhook(CONNECT, event, CONNECT_SECRET) == 200
    work_off()
    assert set(StripeEvent.objects.values_list("state", flat=True)) == {EventState.IGNORED}
    assert (Payee.objects.count(), BankPayout.objects.count()) == (0, 0)


def test_case_30_what_an_event_claims_of_an_account_is_asked_about_not_believed(
    sandbox: Sandbox, seller: Organization
) -> None:
    payee = ready_payee(sandbox, seller)
    claims: dict[str, Any] = {"payouts_enabled": False, "capabilities": {"transfers": "inactive"}}
    assert webhook(CONNECT, payee_event(str(payee.stripe_id), **claims), CONNECT_SECRET) == 200
    work_off()
    payee.refresh_from_db()
    assert (payee.transfers_enabled, payee.payouts_enabled) == (True, True)


def test_case_03_an_account_update_that_is_older_than_what_we_know(
    sandbox: Sandbox, seller: Organization, mails: Mails
) -> None:
    payee = payees_account(sandbox, seller, "restricted")
    old = StripeEvent.objects.filter(type="account.updated").latest("pk").payload
    sandbox.onboard(str(payee.stripe_id))
    hear_of(sandbox, payee)
    payee.refresh_from_db()
    assert payee.transfers_enabled
    again = old | {"id": "evt_late"}
    assert webhook(CONNECT, again, CONNECT_SECRET) == 200
    assert mails(work_off) == []
    payee.refresh_from_db()
    assert (payee.transfers_enabled, payee.payouts_enabled, payee.missing) == (True, True, [])


def payees_account(sandbox: Sandbox, seller: Organization, outcome: str) -> Payee:
    payee = ready_payee(sandbox, seller)
    sandbox.onboard(str(payee.stripe_id), outcome)
    hear_of(sandbox, payee)
    payee.refresh_from_db()
    assert not payee.transfers_enabled
    return payee


@pytest.mark.parametrize("backwards", [False, True])
def test_case_03_the_events_of_a_payout_in_any_order(
    sandbox: Sandbox, seller: Organization, mails: Mails, backwards: bool
) -> None:
    payee, _checkout = paid_out(sandbox, seller)
    made = at_bank(sandbox, payee, 9_000)
    sandbox.turn(ahead=2 * 24 * 3600)
    while sandbox.client.v1.payouts.retrieve(made, options={"stripe_account": str(payee.stripe_id)}).status != "paid":
        time.sleep(0.05)  # the sandbox moves payouts by itself
    found = sandbox.client.v1.events.list({"limit": 100}, {"stripe_account": str(payee.stripe_id)}).data

    def hear() -> None:
        for event in found if backwards else found[::-1]:
            checkouts.receive_event(event=event.to_dict())
            work_off()

    assert len(subjects(mails(hear))) == 1
    assert (BankPayout.objects.get().status, figures(AVAILABLE, ON_THE_WAY)) == ("paid", [0, 0])
    assert all_hold()


def test_case_31_stripe_is_down_for_an_hour_and_nothing_is_lost(
    sandbox: Sandbox, seller: Organization, goods: Goods
) -> None:
    other = OrganizationFactory()
    _payee, refunded = paid_out(sandbox, seller)
    due(sandbox, other)
    waiting = open_checkout("waiting", seller, 5_000)
    sandbox.pay(str(waiting.session_id), "4000000000000077")
    run = payouts.run()
    checkouts.refund_checkout(checkout=refunded, subject="thing", amount=10_000, reason="Bad", actor=None)
    sandbox.fail(**FOR_AN_HOUR)

    with pytest.raises(Unavailable):
        open_checkout("later", seller, 7_000)
    for _ in range(3):
        work_off()
        tasks.reconcile()
        tasks.release()
        tasks.pay_out()
        tasks.look_after_the_books()
    run.refresh_from_db()
    assert (run.state, run.transfers, run.skipped) == ("done", 0, {"unanswered": 1})
    assert Refund.objects.get().state == RefundState.UNKNOWN
    assert (figures(AVAILABLE), Transfer.objects.count()) == ([9_000], 1)
    waiting.refresh_from_db()
    assert (waiting.state, goods.paid) == (CheckoutState.OPEN, ["thing", f"{other.pk}-0"])

    stripe_answers_again(sandbox)
    an_hour_later()
    for _ in range(3):
        tasks.reconcile()
        work_off()
    open_checkout("later", seller, 7_000)
    pass_hold()
    pay_out()
    waiting.refresh_from_db()
    assert (waiting.state, goods.paid[2:]) == (CheckoutState.PAID, ["waiting"])
    assert Checkout.objects.get(reference="later").state == CheckoutState.OPEN
    assert (Refund.objects.get().state, Reversal.objects.get().state) == (RefundState.SUCCEEDED, SendState.SUCCEEDED)
    assert (sorted(sent(sandbox)), figures(AVAILABLE, ON_THE_WAY, OWED)) == ([0, 4_500, 9_000], [0, 0, 0])
    assert all_hold()


def test_case_31_a_transfer_that_nobody_answered_is_looked_for_an_hour_later(
    sandbox: Sandbox, seller: Organization
) -> None:
    due(sandbox, seller)
    payouts.execute(payouts.run())
    sandbox.fail(**FOR_AN_HOUR)
    work_off("payments.send_transfer")
    tasks.reconcile()
    assert (states(), figures(ON_THE_WAY)) == ([SendState.UNKNOWN], [9_000])
    stripe_answers_again(sandbox)
    an_hour_later()
    tasks.reconcile()
    assert (states(), sent(sandbox), figures(ON_THE_WAY)) == ([SendState.SUCCEEDED], [9_000], [0])
    assert all_hold()


def test_case_31_an_event_that_came_while_stripe_was_silent_is_handled_later(
    sandbox: Sandbox, seller: Organization
) -> None:
    payee = ready_payee(sandbox, seller)
    sandbox.onboard(str(payee.stripe_id), "restricted")
    sandbox.fail(**FOR_AN_HOUR)
    assert webhook(CONNECT, payee_event(str(payee.stripe_id)), CONNECT_SECRET) == 200
    work_off()
    heard = StripeEvent.objects.get()
    assert (heard.state, heard.error.partition(":")[0]) == (EventState.RECEIVED, "Unavailable")
    stripe_answers_again(sandbox)
    an_hour_later()
    tasks.reconcile()
    work_off()
    heard.refresh_from_db()
    payee.refresh_from_db()
    assert (heard.state, payee.transfers_enabled) == (EventState.HANDLED, False)


def test_case_31_an_account_whose_making_was_not_answered_is_found_again(
    sandbox: Sandbox, seller: Organization
) -> None:
    sandbox.fail("/v2/core/accounts", "error_after", times=3)
    payee = ready_payee(sandbox, seller)
    assert [each.id for each in sandbox.client.v1.accounts.list().data] == [payee.stripe_id]
    assert payees.refresh(payee=payee).transfers_enabled
    assert sold(sandbox, seller).state == CheckoutState.PAID


def stripe_answers_again(sandbox: Sandbox) -> None:
    press(sandbox, "/switches", "/switches/clear")


def an_hour_later() -> None:
    """Everything that waits is old enough to be taken up."""
    then = timezone.now() - payouts.PATIENCE * 60
    for model in (Refund, Transfer, Reversal):
        model.objects.update(created_at=then)
    StripeEvent.objects.update(received_at=then)
    Job.objects.filter(state=JobState.QUEUED).update(not_before=then)
