"""Many at once, and workers that are killed in the middle: the result is exact."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Organization
from accounts.tests.factories import OrganizationFactory
from core.errors import Conflict, Unavailable
from jobs import runner
from jobs.models import Job
from payments import disputing, earnings, ledger, transferring
from payments.ledger import Leg
from payments.models import Earning, EntryPart, LedgerTransaction, Payee, Reversal, SendState, Transfer
from payments.services import checkouts, payouts, recovery
from payments.tests.cases import (
    AVAILABLE,
    CLEARING,
    COMMISSION,
    DISPUTED,
    HELD,
    ON_THE_WAY,
    OWED,
    all_hold,
    at_once,
    charge_of,
    due,
    paid_out,
    pass_hold,
    sent,
    sold,
    states,
    together,
)
from payments.tests.conftest import Goods
from payments.tests.payees import figures, pay_out, ready_payee, work_off
from payments.tests.sandbox import KEY, Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("goods")]


@pytest.fixture
def seller(db: None) -> Organization:
    found: Organization = OrganizationFactory()
    return found


def killed(sandbox: Sandbox, kind: str, path: str) -> None:
    """A worker takes the queued job of this kind and dies when Stripe has answered this request."""
    job = Job.objects.get(kind=kind, state="queued")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "labelhub.settings",
        "DATABASE_URL": "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format_map(connection.settings_dict),
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_API_BASE": sandbox.url,
    }
    command = [sys.executable, "-m", "payments.tests.killed", "POST", path, str(job.pk)]
    ended = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    job.refresh_from_db()
    assert job.state == "running"
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))


def taken_over() -> None:
    """Another worker finds the jobs that the dead one held."""
    for job in Job.objects.filter(state="running"):
        runner.run(job.pk)
    work_off()


def test_case_04_and_05_killed_between_the_transfer_and_our_commit(sandbox: Sandbox, seller: Organization) -> None:
    due(sandbox, seller)
    payouts.execute(payouts.run())
    Job.objects.filter(kind="payments.run_payouts").delete()
    killed(sandbox, "payments.send_transfer", "/v1/transfers")
    assert (states(), sent(sandbox), figures(ON_THE_WAY)) == ([SendState.SENT], [9_000], [9_000])
    taken_over()
    pay_out()
    assert (states(), sent(sandbox), figures(AVAILABLE, ON_THE_WAY)) == ([SendState.SUCCEEDED], [9_000], [0, 0])
    assert LedgerTransaction.objects.filter(kind="transfer_sent").count() == 1
    assert all_hold()


def test_case_04_and_05_killed_between_the_refund_and_our_commit(sandbox: Sandbox, seller: Organization) -> None:
    checkout = sold(sandbox, seller)
    checkouts.refund_checkout(checkout=checkout, subject="thing", amount=4_000, reason="Bad", actor=None)
    killed(sandbox, "payments.send_refund", "/v1/refunds")
    refunds = sandbox.client.v1.refunds.list().data
    assert ([each.amount for each in refunds], figures(HELD, COMMISSION)) == ([4_000], [9_000, 1_000])
    taken_over()
    assert (len(sandbox.client.v1.refunds.list().data), figures(HELD, COMMISSION)) == (1, [5_400, 600])
    assert LedgerTransaction.objects.filter(kind="refund").count() == 1
    assert all_hold()


def test_case_15_killed_between_the_reversal_and_our_commit(sandbox: Sandbox, seller: Organization) -> None:
    _payee, checkout = paid_out(sandbox, seller)
    checkouts.refund_checkout(checkout=checkout, subject="thing", amount=10_000, reason="Bad", actor=None)
    work_off("payments.send_refund", "payments.recover")
    killed(sandbox, "payments.send_reversal", f"/v1/transfers/{Transfer.objects.get().stripe_id}/reversals")
    assert (sent(sandbox), figures(OWED)) == ([0], [9_000])
    taken_over()
    assert (Reversal.objects.get().state, figures(OWED, AVAILABLE)) == (SendState.SUCCEEDED, [0, 0])
    assert (sent(sandbox), all_hold()) == ([0], True)


def test_twenty_withdraw_from_one_balance(seller: Organization) -> None:
    entries = [Leg(AVAILABLE, 850, EntryPart.WORK, seller), Leg(CLEARING, -850, EntryPart.WORK)]
    ledger.post(key="in", kind="work", currency="EUR", entries=entries)

    def withdraw(place: int) -> bool:
        legs = [Leg(AVAILABLE, -100, EntryPart.PAYOUT, seller), Leg(CLEARING, 100, EntryPart.PAYOUT)]
        try:
            ledger.post(key=f"out-{place}", kind="payout", currency="EUR", entries=legs)
        except Conflict:
            return False
        return True

    assert at_once(20, withdraw).count(True) == 8
    assert figures(AVAILABLE, CLEARING) == [50, 50]


def test_case_24_twenty_begin_for_one_payee(sandbox: Sandbox, seller: Organization) -> None:
    due(sandbox, seller)
    earnings.release_due()

    def begin(_place: int) -> Transfer | None:
        payee = Payee.objects.select_related("organization").get()
        return payouts.begin(payee=payee, currency="EUR", most=10**9)

    assert len([made for made in at_once(20, begin) if made]) == 1
    work_off()
    assert (sent(sandbox), figures(AVAILABLE, ON_THE_WAY), all_hold()) == ([9_000], [0, 0], True)


def test_case_24_the_schedule_and_people_run_at_once(sandbox: Sandbox) -> None:
    for _ in range(4):
        due(sandbox, OrganizationFactory())
    runs = [payouts.run() for _ in range(4)]
    done = at_once(4, lambda place: payouts.execute(runs[place]))
    assert sum(run.transfers for run in done) == 4
    at_once(4, lambda _place: payouts.drive_unsettled())
    work_off()
    assert (sent(sandbox), states()) == ([9_000] * 4, [SendState.SUCCEEDED] * 4)
    assert (figures(HELD, AVAILABLE, ON_THE_WAY), all_hold()) == ([0, 0, 0], True)


def test_case_24_one_transfer_sent_by_many_at_once(sandbox: Sandbox, seller: Organization) -> None:
    due(sandbox, seller)
    payouts.execute(payouts.run())

    def drive(_place: int) -> None:
        try:
            transferring.drive(Transfer.objects.select_related("payee__organization").get())
        except Unavailable:
            return  # the key is in use by another of them

    at_once(8, drive)
    work_off()
    Transfer.objects.update(created_at=timezone.now() - payouts.PATIENCE * 2)
    payouts.drive_unsettled()
    assert (sent(sandbox), states(), figures(AVAILABLE, ON_THE_WAY)) == ([9_000], [SendState.SUCCEEDED], [0, 0])
    assert all_hold()


@pytest.mark.parametrize("released", [False, True])
def test_refund_release_and_payout_of_one_earning_at_once(
    sandbox: Sandbox, seller: Organization, released: bool
) -> None:
    ready_payee(sandbox, seller)
    for place in range(5):
        checkout = sold(sandbox, seller, reference=f"thing-{place}")
        pass_hold()
        if released:
            earnings.release_due()
        checkouts.refund_checkout(checkout=checkout, subject=checkout.reference, amount=10_000, reason="", actor=None)
        run = payouts.run()
        together(
            lambda: work_off("payments.send_refund"),
            earnings.release_due,
            partial(payouts.execute, run),
            lambda: work_off("payments.send_transfer", "payments.recover", "payments.send_reversal"),
        )
        work_off()
        assert (sum(sent(sandbox)) + sum(figures(HELD, AVAILABLE, ON_THE_WAY)) - sum(figures(OWED))) == 0
        assert all_hold()
    assert set(Job.objects.values_list("state", flat=True)) == {"succeeded"}


def test_a_reversal_and_its_event_and_a_new_debt_at_once(sandbox: Sandbox, seller: Organization) -> None:
    _payee, first = paid_out(sandbox, seller)
    transfer = Transfer.objects.get()
    for place in range(6):
        checkouts.refund_checkout(checkout=first, subject=f"part-{place}", amount=1_000, reason="", actor=None)
        work_off("payments.send_refund")
        together(
            lambda: recovery.recover(organization=seller, currency="EUR"),
            lambda: work_off("payments.recover", "payments.send_reversal"),
            lambda: transferring.settle_reversals(str(transfer.stripe_id)),
            lambda: recovery.recover(organization=seller, currency="EUR"),
        )
        work_off()
        assert (figures(OWED, AVAILABLE), sent(sandbox)) == ([0, 0], [9_000 - 900 * (place + 1)])
    assert (Reversal.objects.count(), all_hold()) == (6, True)


def test_events_of_disputes_payments_and_refunds_at_once(sandbox: Sandbox, goods: Goods, seller: Organization) -> None:
    found = [sold(sandbox, seller, reference=f"thing-{place}") for place in range(6)]
    for checkout in found[:3]:
        checkouts.refund_checkout(checkout=checkout, subject=checkout.reference, amount=10_000, reason="", actor=None)
    lost = [sandbox.dispute(charge_of(sandbox, checkout)) for checkout in found[3:]]
    for stripe_id in lost:
        sandbox.lose(stripe_id)
    looks = [partial(disputing.look_at, stripe_id) for stripe_id in lost]
    together(*looks, *looks, *[lambda: work_off("payments.send_refund")] * 3)
    together(*[partial(work_off, "payments.book_loss")] * 3)
    work_off()
    assert figures(HELD, COMMISSION, DISPUTED, OWED) == [0, 0, 0, 0]
    assert (sum(Earning.objects.values_list("taken", flat=True)), len(goods.refunded)) == (6 * 9_000, 6)
    assert all_hold()
