"""The dashboard's buttons, as a browser without scripts presses them."""

import pytest

from payments.tests.sandbox import Sandbox
from payments.tests.test_sandbox_accounts import manual
from payments.tests.test_sandbox_pages import Browser
from payments.tests.test_sandbox_transfers import AT_ONCE, charged, funds, send

PAGES = ("", "/payments", "/accounts", "/switches")


def press(sandbox: Sandbox, page: str, action: str, /, **fields: str) -> int:
    """Open a page of the dashboard and press a button on it. Returns the status."""
    return Browser(f"{sandbox.url}/dashboard{page}").submit(f"{sandbox.url}/dashboard{action}", **fields).status_code


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_that_it_is_the_sandbox(sandbox: Sandbox, page: str) -> None:
    charge = charged(sandbox, card=AT_ONCE)
    sandbox.client.v1.payouts.create({"amount": 100, "currency": "eur"})
    send(sandbox, manual(sandbox).id)
    sandbox.dispute(charge)
    sandbox.fail("/v1/balance", "conflict")
    sandbox.trouble("drop", "payout.*")
    answer = Browser(f"{sandbox.url}/dashboard{page}").page
    assert (answer.status_code, "no money moves" in answer.text) == (200, True)


def test_a_dispute_is_opened_and_won(sandbox: Sandbox) -> None:
    charge = charged(sandbox)
    assert press(sandbox, "/switches", f"/charges/{charge}/dispute") == 302
    dispute = sandbox.client.v1.disputes.list({"charge": charge}).data[0].id
    assert press(sandbox, "/payments", f"/disputes/{dispute}/decide", win="") == 302
    assert sandbox.client.v1.disputes.retrieve(dispute).status == "won"
    assert press(sandbox, "/switches", f"/disputes/{dispute}/decide", lose="") == 400
    assert press(sandbox, "/switches", "/disputes/du_nothing/decide", lose="") == 404


def test_checks_end_as_chosen_and_payouts_fail(sandbox: Sandbox) -> None:
    charged(sandbox, card=AT_ONCE)
    account = manual(sandbox).id
    send(sandbox, account)
    payout = sandbox.client.v1.payouts.create({"amount": 4000, "currency": "eur"}, {"stripe_account": account}).id
    assert press(sandbox, "/accounts", f"/payouts/{payout}/fail") == 302
    assert funds(sandbox, account) == (4000, 0)
    assert press(sandbox, "/accounts", f"/accounts/{account}/check", outcome="rejected") == 302
    requirements = sandbox.client.v1.accounts.retrieve(account).requirements
    assert requirements is not None
    assert requirements.disabled_reason == "rejected.other"
    assert press(sandbox, "/accounts", f"/accounts/{account}/check", outcome="praised") == 400


def test_the_clock_turns_and_comes_back(sandbox: Sandbox) -> None:
    charged(sandbox)
    for _ in range(2):
        press(sandbox, "/switches", "/switches/clock", step="1 day")
    assert funds(sandbox) == (9680, 0)
    press(sandbox, "/switches", "/switches/clock", step="now")
    assert funds(sandbox) == (0, 9680)


def test_switches_are_set_seen_and_cleared(sandbox: Sandbox) -> None:
    fault = {"path": "/v1/transfers", "kind": "slow_after", "times": "3"}
    assert press(sandbox, "/switches", "/switches/faults", **fault) == 302
    assert press(sandbox, "/switches", "/switches/events", type="payout.*", kind="reorder", times="2") == 302
    assert press(sandbox, "/switches", "/switches/negative") == 302
    page = Browser(f"{sandbox.url}/dashboard/switches").page.text
    for said in ("slow_after, 3 to go", "reorder, 2 to go", "Payees may owe"):
        assert said in page
    assert press(sandbox, "/switches", "/switches/faults", **fault | {"times": "many"}) == 400
    assert press(sandbox, "/switches", "/switches/clear") == 302
    assert "No call fails." in Browser(f"{sandbox.url}/dashboard/switches").page.text
