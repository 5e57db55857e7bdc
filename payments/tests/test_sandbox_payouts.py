"""Payouts over HTTP: by hand and on a schedule, paid and failed, told to the connect endpoint."""

import json
import time
from typing import Any

import httpx
import pytest
import stripe

from payments.sandbox.payouts import is_due
from payments.tests.sandbox import Sandbox
from payments.tests.test_sandbox_accounts import connect as connect
from payments.tests.test_sandbox_accounts import make, manual, state
from payments.tests.test_sandbox_delivery import Receiver
from payments.tests.test_sandbox_transfers import AT_ONCE, charged, funds, send

DAY = 24 * 3600
CLOSED_BANK = "DE35370400440532013002"
FRIDAY = 20_777 * DAY  # 2026-11-20


def earning(sandbox: Sandbox, **changes: Any) -> str:
    """An account with 40 euros available; by default it pays out only when asked to."""
    account = (manual if not changes else make)(sandbox, **changes)
    sandbox.onboard(account.id)
    charged(sandbox, card=AT_ONCE)
    send(sandbox, account.id)
    return account.id


def pay_out(sandbox: Sandbox, account: str, amount: int = 1000) -> stripe.Payout:
    return sandbox.client.v1.payouts.create({"amount": amount, "currency": "eur"}, {"stripe_account": account})


def reached(sandbox: Sandbox, account: str, status: str) -> list[stripe.Payout]:
    """The account's payouts once one has this status; the sandbox looks at its clock about once a second."""
    deadline = time.monotonic() + 20
    found: list[stripe.Payout] = []
    while not found and time.monotonic() < deadline:
        found = sandbox.client.v1.payouts.list({"status": status}, {"stripe_account": account}).data
        time.sleep(0.1)
    return found


def test_a_payout_by_hand_leaves_at_once_and_arrives_a_day_later(sandbox: Sandbox) -> None:
    account = earning(sandbox)
    payout = pay_out(sandbox, account)
    assert (payout.status, payout.automatic, funds(sandbox, account)) == ("pending", False, (3000, 0))
    sandbox.turn(ahead=DAY + 1)
    assert [item.id for item in reached(sandbox, account, "paid")] == [payout.id]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        sandbox.client.v1.payouts.retrieve(payout.id)
    assert refusal.value.code == "resource_missing"


def test_no_more_than_available_and_only_when_enabled(sandbox: Sandbox) -> None:
    account = earning(sandbox)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        pay_out(sandbox, account, 4001)
    assert refusal.value.code == "balance_insufficient"
    sandbox.onboard(account, "restricted")
    with pytest.raises(stripe.InvalidRequestError) as disabled:
        pay_out(sandbox, account)
    assert disabled.value.code == "payouts_not_allowed"


def test_a_closed_bank_account_gives_the_money_back(sandbox: Sandbox, connect: Receiver) -> None:
    account = earning(sandbox)
    sandbox.onboard(account, bank=CLOSED_BANK)
    payout = pay_out(sandbox, account)
    sandbox.turn(ahead=DAY + 1, connect_webhook_url=connect.url)
    failed = reached(sandbox, account, "failed")[0]
    assert (failed.id, failed.failure_code, funds(sandbox, account)) == (payout.id, "account_closed", (4000, 0))
    assert state(sandbox.client.v1.accounts.retrieve(account)) == (True, "active", False, None, True)
    told = []
    while "payout.failed" not in told:
        event = json.loads(connect.received.get(timeout=20)[0])
        assert event["account"] == account
        told.append(event["type"])
    assert "payout.created" in told


def test_a_new_bank_account_starts_payouts_again(sandbox: Sandbox) -> None:
    account = earning(sandbox)
    sandbox.fail_payout(pay_out(sandbox, account).id)
    with pytest.raises(stripe.InvalidRequestError):
        pay_out(sandbox, account)
    sandbox.onboard(account)
    assert pay_out(sandbox, account).status == "pending"


def test_a_payout_can_fail_after_it_was_paid_but_only_once(sandbox: Sandbox) -> None:
    account = earning(sandbox)
    payout = pay_out(sandbox, account)
    sandbox.turn(ahead=DAY + 1)
    assert reached(sandbox, account, "paid")
    sandbox.fail_payout(payout.id)
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        sandbox.fail_payout(payout.id)
    assert funds(sandbox, account) == (4000, 0)


def test_a_pending_payout_can_be_canceled(sandbox: Sandbox) -> None:
    account = earning(sandbox)
    payout = pay_out(sandbox, account)
    canceled = sandbox.client.v1.payouts.cancel(payout.id, {}, {"stripe_account": account})
    assert (canceled.status, funds(sandbox, account)) == ("canceled", (4000, 0))


def test_the_schedule_pays_what_is_available_the_next_day(sandbox: Sandbox) -> None:
    account = earning(sandbox, email="maker@hub.test")
    assert funds(sandbox, account) == (4000, 0)
    sandbox.turn(ahead=DAY)
    automatic = reached(sandbox, account, "pending")
    assert [(item.amount, item.automatic) for item in automatic] == [(4000, True)]
    assert funds(sandbox, account) == (0, 0)
    sandbox.turn(ahead=2 * DAY + 1)
    assert len(reached(sandbox, account, "paid")) == 1


def test_the_platforms_own_payout_takes_from_its_balance(sandbox: Sandbox) -> None:
    charged(sandbox, card=AT_ONCE)
    payout = sandbox.client.v1.payouts.create({"amount": 9680, "currency": "eur"})
    assert (payout.status, funds(sandbox)) == ("pending", (0, 0))
    newest = sandbox.client.v1.events.list({"limit": 1}).data[0]
    assert (newest.type, newest.account) == ("payout.created", None)


@pytest.mark.parametrize(
    ("schedule", "days", "due"),
    [
        ({"interval": "daily"}, 0, False),
        ({"interval": "daily"}, 1, True),
        ({"interval": "weekly", "weekly_anchor": "monday"}, 2, False),
        ({"interval": "weekly", "weekly_anchor": "monday"}, 3, True),
        ({"interval": "weekly", "weekly_anchor": "monday"}, 30, True),
        ({"interval": "monthly", "monthly_anchor": 1}, 10, False),
        ({"interval": "monthly", "monthly_anchor": 1}, 11, True),
        ({"interval": "manual"}, 365, False),
    ],
)
def test_when_a_schedule_is_due(schedule: dict[str, Any], days: int, due: bool) -> None:
    assert is_due(schedule, FRIDAY + 5, FRIDAY + 5 + days * DAY) is due
