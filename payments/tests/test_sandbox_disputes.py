"""A dispute's life over HTTP: opened, answered, won, lost, run out of time."""

import time

import httpx
import pytest
import stripe

from payments.tests.sandbox import Sandbox
from payments.tests.test_sandbox_transfers import AT_ONCE, charged, funds

TEN_DAYS = 10 * 24 * 3600


def told(sandbox: Sandbox, count: int) -> list[str]:
    """The newest events' types, oldest first."""
    return [str(event.type) for event in sandbox.client.v1.events.list({"limit": count}).data][::-1]


def test_opening_takes_the_amount_and_a_fee(sandbox: Sandbox) -> None:
    charge = charged(sandbox, card=AT_ONCE)
    opened = sandbox.client.v1.disputes.retrieve(sandbox.dispute(charge, reason="product_unacceptable"))
    assert (opened.status, opened.amount, opened.charge) == ("needs_response", 10_000, charge)
    assert [(item.amount, item.fee, item.net) for item in opened.balance_transactions] == [(-10_000, 1500, -11_500)]
    assert funds(sandbox) == (9680 - 11_500, 0)
    assert sandbox.client.v1.charges.retrieve(charge).disputed
    assert sandbox.client.v1.disputes.list({"charge": charge}).data[0].id == opened.id
    assert told(sandbox, 2) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.dispute(charge)


def test_evidence_is_staged_then_submitted_once(sandbox: Sandbox) -> None:
    dispute = sandbox.dispute(charged(sandbox))
    disputes = sandbox.client.v1.disputes
    staged = disputes.update(dispute, {"evidence": {"product_description": "Labelled images"}, "submit": False})
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    handed_in = disputes.update(dispute, {"evidence": {"uncategorized_text": "Downloaded twice."}})
    assert (handed_in.status, handed_in.evidence_details.submission_count) == ("under_review", 1)
    assert handed_in.evidence.product_description == "Labelled images"
    assert told(sandbox, 1) == ["charge.dispute.updated"]
    with pytest.raises(stripe.InvalidRequestError, match="already submitted"):
        disputes.update(dispute, {"evidence": {"uncategorized_text": "And more."}})


def test_winning_brings_the_amount_back_but_not_the_fee(sandbox: Sandbox) -> None:
    dispute = sandbox.dispute(charged(sandbox, card=AT_ONCE))
    sandbox.win(dispute)
    assert sandbox.client.v1.disputes.retrieve(dispute).status == "won"
    assert funds(sandbox) == (9680 - 1500, 0)
    assert told(sandbox, 2) == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.lose(dispute)


def test_losing_keeps_the_money_away(sandbox: Sandbox) -> None:
    dispute = sandbox.dispute(charged(sandbox, card=AT_ONCE))
    sandbox.lose(dispute)
    assert (sandbox.client.v1.disputes.retrieve(dispute).status, funds(sandbox)) == ("lost", (-1820, 0))
    assert told(sandbox, 1) == ["charge.dispute.closed"]


@pytest.mark.parametrize(("text", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_stripes_own_texts_decide(sandbox: Sandbox, text: str, status: str) -> None:
    dispute = sandbox.dispute(charged(sandbox))
    assert sandbox.client.v1.disputes.update(dispute, {"evidence": {"uncategorized_text": text}}).status == status


def test_giving_up_is_losing(sandbox: Sandbox) -> None:
    dispute = sandbox.dispute(charged(sandbox))
    assert sandbox.client.v1.disputes.close(dispute).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        sandbox.client.v1.disputes.close(dispute)


def test_no_answer_in_time_is_losing(sandbox: Sandbox) -> None:
    dispute = sandbox.dispute(charged(sandbox))
    sandbox.turn(ahead=TEN_DAYS)
    assert eventually(sandbox, dispute, "lost")


def test_an_inquiry_moves_no_money(sandbox: Sandbox) -> None:
    charge = charged(sandbox, card=AT_ONCE)
    dispute = sandbox.dispute(charge, inquiry="true")
    assert sandbox.client.v1.disputes.retrieve(dispute).status == "warning_needs_response"
    assert funds(sandbox) == (9680, 0)
    sandbox.client.v1.refunds.create({"charge": charge, "amount": 100})
    sandbox.win(dispute)
    assert sandbox.client.v1.disputes.retrieve(dispute).status == "warning_closed"
    assert funds(sandbox) == (9580, 0)


def test_money_at_the_bank_cannot_be_refunded(sandbox: Sandbox) -> None:
    charge = charged(sandbox)
    dispute = sandbox.dispute(charge)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.client.v1.refunds.create({"charge": charge})
    assert refusal.value.code == "charge_disputed"
    sandbox.win(dispute)
    assert sandbox.client.v1.refunds.create({"charge": charge}).status == "succeeded"


def test_a_test_card_is_disputed_by_itself(sandbox: Sandbox) -> None:
    charge = charged(sandbox, card="4000000000000259")
    assert sandbox.client.v1.disputes.list({"charge": charge}).data[0].status == "needs_response"
    charge = charged(sandbox, card="4000000000001976")
    assert sandbox.client.v1.disputes.list({"charge": charge}).data[0].status == "warning_needs_response"


def eventually(sandbox: Sandbox, dispute: str, status: str) -> bool:
    """The sandbox looks at its clock about once a second."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if sandbox.client.v1.disputes.retrieve(dispute).status == status:
            return True
        time.sleep(0.1)
    return False
