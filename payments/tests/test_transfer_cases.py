"""Failure cases of sending money to payees and of taking it back, against the real sandbox, each by its number."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Organization, User
from accounts.tests.factories import PASSWORD, OrganizationFactory
from core.errors import Unavailable
from payments import transferring, watch
from payments.models import (
    Checkout,
    LedgerTransaction,
    ReconciliationItem,
    Refund,
    Reversal,
    SendState,
    StripeEvent,
    Transfer,
)
from payments.services import checkouts, payouts, reconciliation
from payments.standing import standing
from payments.tests.cases import (
    ATTEMPTS,
    AVAILABLE,
    CLEARING,
    COMMISSION,
    HELD,
    ON_THE_WAY,
    OWED,
    REFUNDABLE,
    REFUNDS,
    REVERSALS,
    TRANSFERS,
    Mails,
    all_hold,
    at_bank,
    due,
    hear_all,
    paid_out,
    pass_hold,
    refund,
    sent,
    sold,
    states,
)
from payments.tests.conftest import Goods
from payments.tests.payees import figures, pay_out, work_off
from payments.tests.sandbox import Sandbox
from payments.tests.test_refunds import hear, refund_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("goods")]
A_DAY = 24 * 3600


@pytest.fixture
def seller(db: None) -> Organization:
    found: Organization = OrganizationFactory()
    return found


def later() -> None:
    """What was sent is old enough to be asked about."""
    Transfer.objects.update(created_at=timezone.now() - payouts.PATIENCE * 2)
    Reversal.objects.update(created_at=timezone.now() - payouts.PATIENCE * 2)


def begun(sandbox: Sandbox, seller: Organization) -> Transfer:
    """A transfer whose job was not run."""
    payee = due(sandbox, seller)
    payouts.execute(payouts.run())
    found = Transfer.objects.select_related("payee__organization").get(payee=payee)
    assert (found.state, figures(AVAILABLE, ON_THE_WAY)) == (SendState.PENDING, [0, 9_000])
    return found


def test_case_01_and_02_the_transfers_event_again_and_again(sandbox: Sandbox, seller: Organization) -> None:
    paid_out(sandbox, seller)
    hear_all()
    said = StripeEvent.objects.get(type="transfer.created").payload
    for place in range(10):
        checkouts.receive_event(event=said | {"id": f"evt_{place}"})
    work_off()
    assert LedgerTransaction.objects.filter(kind="transfer_sent").count() == 1
    assert (sent(sandbox), figures(AVAILABLE, ON_THE_WAY)) == ([9_000], [0, 0])
    assert all_hold()


def test_case_03_the_event_is_faster_than_the_answer(sandbox: Sandbox, seller: Organization) -> None:
    transfer = begun(sandbox, seller)
    sandbox.fail(TRANSFERS, "error_after", times=ATTEMPTS)
    work_off()
    hear_all()
    transfer.refresh_from_db()
    assert (transfer.state, sent(sandbox)) == (SendState.SUCCEEDED, [9_000])
    assert all_hold()


def test_case_04_a_crash_after_the_ledger_write(sandbox: Sandbox, seller: Organization) -> None:
    transfer = begun(sandbox, seller)
    with transaction.atomic():
        transferring.drive(transfer)
        transaction.set_rollback(True)
    assert (states(), figures(ON_THE_WAY), sent(sandbox)) == ([SendState.PENDING], [9_000], [9_000])
    work_off()
    assert (states(), figures(ON_THE_WAY), sent(sandbox)) == ([SendState.SUCCEEDED], [0], [9_000])
    assert LedgerTransaction.objects.filter(kind="transfer_sent").count() == 1
    assert all_hold()


def test_case_05_a_time_out_after_the_transfer_was_made(sandbox: Sandbox, seller: Organization) -> None:
    begun(sandbox, seller)
    sandbox.fail(TRANSFERS, "error_after", times=ATTEMPTS)
    work_off()
    assert (states(), sent(sandbox)) == ([SendState.UNKNOWN], [9_000])
    assert figures(AVAILABLE, ON_THE_WAY) == [0, 9_000]
    pay_out()
    later()
    payouts.drive_unsettled()
    assert (states(), sent(sandbox)) == ([SendState.SUCCEEDED], [9_000])
    assert figures(AVAILABLE, ON_THE_WAY) == [0, 0]
    assert all_hold()


def test_case_05_an_error_that_stripe_keeps_under_the_key_ends_when_it_forgets(
    sandbox: Sandbox, seller: Organization
) -> None:
    begun(sandbox, seller)
    sandbox.fail(TRANSFERS, "error_kept")
    work_off()
    later()
    with pytest.raises(Unavailable):
        payouts.drive_unsettled()
    assert (states(), sent(sandbox)) == ([SendState.UNKNOWN], [])
    sandbox.turn(ahead=5 * A_DAY)
    payouts.drive_unsettled()
    assert (states(), sent(sandbox)) == ([SendState.SUCCEEDED], [9_000])
    assert all_hold()


def test_case_06_the_retry_comes_when_the_key_is_forgotten(sandbox: Sandbox, seller: Organization) -> None:
    begun(sandbox, seller)
    sandbox.fail(TRANSFERS, "error_after", times=ATTEMPTS)
    work_off()
    sandbox.turn(ahead=5 * A_DAY)
    later()
    payouts.drive_unsettled()
    pay_out()
    assert (states(), sent(sandbox)) == ([SendState.SUCCEEDED], [9_000])
    assert all_hold()


def test_case_07_a_refusal_gives_the_claim_back_and_the_next_run_claims_anew(
    sandbox: Sandbox, seller: Organization
) -> None:
    refused = begun(sandbox, seller)
    sandbox.fail(TRANSFERS, "balance_insufficient")
    work_off()
    assert (states(), figures(AVAILABLE, ON_THE_WAY)) == ([SendState.FAILED], [9_000, 0])
    pay_out()
    assert (states(), figures(AVAILABLE, ON_THE_WAY)) == ([SendState.FAILED, SendState.SUCCEEDED], [0, 0])
    assert sent(sandbox) == [9_000]
    keys = Transfer.objects.values_list("idempotency_key", flat=True)
    assert len(set(keys)) == 2
    assert refused.pk == min(Transfer.objects.values_list("pk", flat=True))
    assert all_hold()


@pytest.mark.parametrize("seen", [SendState.PENDING, SendState.UNKNOWN])
def test_case_07_whoever_did_not_hear_of_the_refusal_sends_nothing(
    sandbox: Sandbox, seller: Organization, seen: SendState
) -> None:
    stale = begun(sandbox, seller)
    sandbox.fail(TRANSFERS, "balance_insufficient")
    work_off()
    assert states() == [SendState.FAILED]
    sandbox.turn(ahead=5 * A_DAY)  # the key is forgotten, with the refusal
    stale.state = seen
    transferring.drive(stale)
    assert (states(), sent(sandbox)) == ([SendState.FAILED], [])
    pay_out()
    assert (sent(sandbox), figures(AVAILABLE, ON_THE_WAY)) == ([9_000], [0, 0])
    assert all_hold()


def test_case_08_the_amount_is_frozen_between_two_attempts(sandbox: Sandbox, seller: Organization) -> None:
    begun(sandbox, seller)
    sandbox.fail(TRANSFERS, "error_before", times=ATTEMPTS)
    work_off()
    sold(sandbox, seller, 20_000, "more")
    pass_hold()
    assert pay_out().skipped == {"under_way": 1}
    with pytest.raises(IntegrityError, match="transfer_frozen"), transaction.atomic():
        Transfer.objects.update(amount=27_000)
    later()
    payouts.drive_unsettled()
    assert sent(sandbox) == [9_000]
    pay_out()
    assert sent(sandbox) == [9_000, 18_000]
    assert all_hold()


def test_case_09_no_second_row_for_money_that_is_under_way(sandbox: Sandbox, seller: Organization) -> None:
    transfer = begun(sandbox, seller)
    for _ in range(3):
        assert payouts.begin(payee=transfer.payee, currency="EUR", most=10**9) is None
    copy = {"payee": transfer.payee, "amount": 9_000, "currency": "EUR", "idempotency_key": "another"}
    with pytest.raises(IntegrityError, match="one_transfer_at_a_time"), transaction.atomic():
        Transfer.objects.create(**copy)
    work_off()
    assert (sent(sandbox), payouts.begin(payee=transfer.payee, currency="EUR", most=10**9)) == ([9_000], None)
    assert all_hold()


def test_case_11_a_full_refund_before_the_transfer_reverses_nothing(sandbox: Sandbox, seller: Organization) -> None:
    due(sandbox, seller)
    refund(sold(sandbox, seller, reference="second"))
    assert (figures(HELD), Reversal.objects.count(), sent(sandbox)) == ([9_000], 0, [])
    pay_out()
    assert (sent(sandbox), figures(HELD, AVAILABLE, OWED)) == ([9_000], [0, 0, 0])
    assert all_hold()


def test_case_12_partial_refunds_after_the_payout_take_back_the_share_exactly(
    sandbox: Sandbox, seller: Organization
) -> None:
    _payee, checkout = paid_out(sandbox, seller, 9_990)
    for place, amount in enumerate((1_110, 2_220, 3_330, 3_330)):
        refund(checkout, amount, f"part-{place}")
        assert (figures(OWED), all_hold()) == ([0], True)
    assert sum(Reversal.objects.values_list("amount", flat=True)) == 8_991
    assert (sent(sandbox), figures(HELD, AVAILABLE, COMMISSION)) == ([0], [0, 0, 0])


def test_case_13_a_refund_after_the_transfer_reverses_it_once(sandbox: Sandbox, seller: Organization) -> None:
    _payee, checkout = paid_out(sandbox, seller)
    refund(checkout)
    hear_all()
    reversal = Reversal.objects.get()
    assert (reversal.state, reversal.amount, sent(sandbox)) == (SendState.SUCCEEDED, 9_000, [0])
    assert figures(OWED, AVAILABLE, COMMISSION) == [0, 0, 0]
    assert all_hold()


def test_case_13_a_reversal_made_at_stripe_by_hand_becomes_ours(sandbox: Sandbox, seller: Organization) -> None:
    paid_out(sandbox, seller)
    transfer = Transfer.objects.get()
    sandbox.client.v1.transfers.reversals.create(str(transfer.stripe_id), {"amount": 3_000})
    hear_all()
    assert (Reversal.objects.get().amount, figures(AVAILABLE, OWED)) == (3_000, [3_000, 0])
    assert all_hold()
    pay_out()
    assert (sent(sandbox), figures(AVAILABLE)) == ([6_000, 3_000], [0])
    assert all_hold()


def test_case_14_a_refused_reversal_leaves_a_debt_that_later_earnings_settle(
    sandbox: Sandbox, seller: Organization
) -> None:
    payee, checkout = paid_out(sandbox, seller)
    at_bank(sandbox, payee, 9_000)
    refund(checkout)
    reversal = Reversal.objects.get()
    assert (reversal.state, "nsufficient" in reversal.problem) == (SendState.FAILED, True)
    assert (figures(OWED, AVAILABLE), standing(seller, "EUR").reason) == ([9_000, 0], "owes")
    assert all_hold()
    sold(sandbox, seller, 8_000, "second")
    pass_hold()
    assert (pay_out().transfers, figures(OWED, AVAILABLE)) == (0, [1_800, 0])
    sold(sandbox, seller, 10_000, "third")
    pass_hold()
    assert (pay_out().transfers, sent(sandbox)) == (1, [9_000, 7_200])
    assert (figures(OWED, AVAILABLE), Reversal.objects.count()) == ([0, 0], 1)
    assert all_hold()


def test_case_14_a_debt_while_a_transfer_is_under_way_is_settled_when_it_is_refused(
    sandbox: Sandbox, seller: Organization
) -> None:
    due(sandbox, seller, 10_000, 4_000)
    payouts.execute(payouts.run())
    refund_of = Checkout.objects.get(amount=4_000)
    sandbox.fail(TRANSFERS, "account_restricted")
    checkouts.refund_checkout(checkout=refund_of, subject="thing", amount=4_000, reason="Bad", actor=None)
    work_off("payments.send_refund", "payments.recover")
    assert figures(OWED, AVAILABLE, ON_THE_WAY) == [3_600, 0, 12_600]
    work_off()
    assert figures(OWED, AVAILABLE, ON_THE_WAY) == [0, 9_000, 0]
    pay_out()
    assert (sent(sandbox), all_hold()) == ([9_000], True)


def test_case_15_the_refund_succeeds_and_the_reversal_gets_no_answer(
    sandbox: Sandbox, seller: Organization, mails: Mails
) -> None:
    _payee, checkout = paid_out(sandbox, seller)
    User.objects.create_superuser("root@hub.test", PASSWORD)
    sandbox.fail(REVERSALS, "error_after", times=ATTEMPTS)
    refund(checkout)
    reversal = Reversal.objects.get()
    assert (reversal.state, figures(OWED), sent(sandbox)) == (SendState.UNKNOWN, [9_000], [0])
    Reversal.objects.update(created_at=timezone.now() - timedelta(days=2))
    watch.check_books()
    assert f"reversal:{reversal.pk}" in ReconciliationItem.objects.open().values_list("subject", flat=True)
    assert len(mails(reconciliation.tell)) == 1
    payouts.drive_unsettled()
    reversal.refresh_from_db()
    assert (reversal.state, figures(OWED, AVAILABLE)) == (SendState.SUCCEEDED, [0, 0])
    watch.check_books()
    assert (ReconciliationItem.objects.open().count(), sent(sandbox)) == (0, [0])
    assert all_hold()


def test_case_15_no_reversal_before_the_refund_is_certain(sandbox: Sandbox, seller: Organization) -> None:
    _payee, checkout = paid_out(sandbox, seller)
    sandbox.fail(REFUNDS, "error_before", times=ATTEMPTS)
    refund(checkout)
    assert (Reversal.objects.count(), sent(sandbox), figures(OWED)) == (0, [9_000], [0])
    Refund.objects.update(created_at=timezone.now() - checkouts.REFUND_PATIENCE * 2)
    checkouts.drive_refunds()
    work_off()
    assert (Reversal.objects.get().state, sent(sandbox), figures(OWED)) == (SendState.SUCCEEDED, [0], [0])
    assert all_hold()


def test_case_15_the_bank_sends_the_refund_back_after_the_reversal(sandbox: Sandbox, seller: Organization) -> None:
    _payee, checkout = paid_out(sandbox, seller)
    refund(checkout)
    made = Refund.objects.get()
    assert made.stripe_id
    hear(refund_event(made, "refund.failed", made.stripe_id, status="failed", failure_reason="expired_card"))
    assert figures(REFUNDABLE, OWED, AVAILABLE, CLEARING)[:3] == [10_000, 0, 0]
    assert Reversal.objects.count() == 1


def test_the_newest_transfers_are_taken_back_first(sandbox: Sandbox, goods: Goods, seller: Organization) -> None:
    _payee, checkout = paid_out(sandbox, seller)
    sold(sandbox, seller, 4_000, "second")
    pass_hold()
    pay_out()
    assert sent(sandbox) == [9_000, 3_600]
    refund(checkout)
    assert (sent(sandbox), figures(OWED)) == ([3_600, 0], [0])
    assert all_hold()
