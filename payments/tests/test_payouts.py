"""Paying sellers: once, what is theirs, and with a reason when not."""

from datetime import timedelta

import pytest
from django.db.models import F
from stripe import RequestOptions

from accounts.models import Organization
from accounts.tests.factories import OrganizationFactory
from payments import invariants, watch
from payments.models import AccountKind, BankPayout, Movement, ReconciliationItem, Reversal, SendState, Transfer
from payments.services import bank_payouts, checkouts
from payments.standing import expected_balance
from payments.stripe_payees import balance_of
from payments.tests.conftest import Goods
from payments.tests.payees import figures, pass_hold, pay_out, ready_payee, sold, work_off
from payments.tests.sandbox import Sandbox

pytestmark = pytest.mark.django_db
HELD, AVAILABLE = AccountKind.PAYABLE_HELD, AccountKind.PAYABLE_AVAILABLE
ON_THE_WAY, OWED = AccountKind.PAYABLE_IN_TRANSIT, AccountKind.RECEIVABLE


@pytest.fixture
def seller(db: None) -> Organization:
    return OrganizationFactory()


def all_hold() -> bool:
    watch.follow_balance()
    broken = [(finding.name, finding.rows) for finding in invariants.check() if not finding.holds]
    stray = list(Movement.objects.unexplained())
    assert (broken, stray, watch.disagreements()) == ([], [], {})
    return True


def test_earnings_are_held_then_paid_out_once(sandbox: Sandbox, goods: Goods, seller: Organization) -> None:
    ready_payee(sandbox, seller)
    sold(sandbox, seller)
    run = pay_out()
    assert (run.transfers, figures(HELD, AVAILABLE)) == (0, [9_000, 0])
    pass_hold(sandbox)
    for _ in range(3):
        pay_out()
    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.amount) == (SendState.SUCCEEDED, 9_000)
    assert figures(HELD, AVAILABLE, ON_THE_WAY) == [0, 0, 0]
    assert [each.amount for each in sandbox.client.v1.transfers.list().data] == [9_000]
    assert not ReconciliationItem.objects.exists()
    assert all_hold()


def test_a_refund_after_the_payout_takes_the_transfer_back(
    sandbox: Sandbox, goods: Goods, seller: Organization
) -> None:
    ready_payee(sandbox, seller)
    checkout = sold(sandbox, seller)
    pass_hold(sandbox)
    pay_out()
    checkouts.refund_checkout(checkout=checkout, subject="thing", amount=10_000, reason="Bad", actor=None)
    work_off()
    reversal = Reversal.objects.get()
    assert (reversal.state, reversal.amount, figures(OWED)) == (SendState.SUCCEEDED, 9_000, [0])
    assert all_hold()


def test_a_bank_that_sends_back_what_it_took_is_noticed_without_its_event(
    sandbox: Sandbox, goods: Goods, seller: Organization
) -> None:
    payee = ready_payee(sandbox, seller)
    sold(sandbox, seller)
    pass_hold(sandbox)
    pay_out()
    account: RequestOptions = {"stripe_account": str(payee.stripe_id)}
    first, second = (
        sandbox.client.v1.payouts.create({"amount": amount, "currency": "eur"}, account) for amount in (2_000, 1_000)
    )
    bank_payouts.fetch(payee)
    BankPayout.objects.filter(stripe_id=first.id).update(status="paid", created_at=F("created_at") - timedelta(days=1))
    BankPayout.objects.filter(stripe_id=second.id).update(status="paid")
    sandbox.fail_payout(first.id)
    bank_payouts.fetch(payee)
    assert dict(BankPayout.objects.values_list("stripe_id", "status")) == {first.id: "failed", second.id: "pending"}
    assert balance_of(str(payee.stripe_id))["EUR"] == expected_balance(payee, "EUR") == 8_000
