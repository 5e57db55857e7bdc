"""Connected accounts over HTTP: v1, v2, links, the hosted onboarding page, connect events."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe

from payments.tests.sandbox import CONNECT_SECRET, SECRET, Sandbox
from payments.tests.test_sandbox_delivery import Receiver, listening
from payments.tests.test_sandbox_pages import Browser

ADDRESSES = {"refresh_url": "https://hub.test/again", "return_url": "https://hub.test/back"}
V2: Any = {
    "configuration": {
        "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}},
    },
    "contact_email": "maker@hub.test",
    "dashboard": "express",
    "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
    "identity": {"country": "de", "entity_type": "individual"},
    "include": ["configuration.recipient", "requirements"],
}


def make(sandbox: Sandbox, **changes: Any) -> stripe.Account:
    wanted: Any = {"type": "express", "country": "DE", "capabilities": {"transfers": {"requested": True}}, **changes}
    return sandbox.client.v1.accounts.create(wanted)


def manual(sandbox: Sandbox, outcome: str = "complete", **changes: Any) -> stripe.Account:
    """An onboarded account that pays out only when asked to."""
    account = make(sandbox, settings={"payouts": {"schedule": {"interval": "manual"}}}, **changes)
    sandbox.onboard(account.id, outcome)
    return account


def link(sandbox: Sandbox, account_id: str) -> str:
    wanted: Any = {"account": account_id, "type": "account_onboarding", **ADDRESSES}
    return sandbox.client.v1.account_links.create(wanted).url


def state(account: stripe.Account) -> tuple[Any, ...]:
    assert account.capabilities is not None
    assert account.requirements is not None
    return (
        account.details_submitted,
        account.capabilities.transfers,
        account.payouts_enabled,
        account.requirements.disabled_reason,
        bool(account.requirements.currently_due),
    )


@pytest.fixture
def connect(sandbox: Sandbox) -> Iterator[Receiver]:
    """The endpoint for what happens to connected accounts."""
    with listening() as server:
        sandbox.turn(connect_webhook_url=server.url)
        yield server
        sandbox.turn()


def test_a_new_account_cannot_be_paid_yet(sandbox: Sandbox) -> None:
    account = make(sandbox, email="maker@hub.test", metadata={"organization": "1"})
    assert (account.type, account.country, account.default_currency) == ("express", "DE", "eur")
    assert state(account) == (False, "inactive", False, None, True)
    assert sandbox.client.v1.accounts.list({"limit": 1}).data[0].id == account.id
    changed = sandbox.client.v1.accounts.update(account.id, {"metadata": {"tier": "2"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"organization": "1", "tier": "2"}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("complete", (True, "active", True, None, False)),
        ("incomplete", (False, "inactive", False, "requirements.past_due", True)),
        ("restricted", (True, "inactive", False, "requirements.past_due", True)),
        ("rejected", (True, "inactive", False, "rejected.other", False)),
    ],
)
def test_onboarding_ends_as_chosen(sandbox: Sandbox, outcome: str, expected: tuple[Any, ...]) -> None:
    account = make(sandbox)
    sandbox.onboard(account.id, outcome)
    assert state(sandbox.client.v1.accounts.retrieve(account.id)) == expected


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"type": "custom"}, "type"),
        ({"country": "BR"}, "country"),
        ({"colour": "red"}, "colour"),
        ({"company": {"name": "A"}}, "company[name]"),
        ({"capabilities": {"transfers": {"wanted": True}}}, "capabilities[transfers][wanted]"),
    ],
)
def test_what_the_sandbox_cannot_make_is_refused(sandbox: Sandbox, changes: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        make(sandbox, **changes)
    assert str(refusal.value.param).replace(".", "[").rstrip("]") == param.rstrip("]")


def test_the_page_takes_a_bank_account_and_leads_back(sandbox: Sandbox) -> None:
    account = make(sandbox)
    page = Browser(link(sandbox, account.id))
    assert "no money moves" in page.page.text
    assert page.submit(outcome="complete", number="DE89 3704 0044 0532 0130 01", holder="").status_code == 422
    assert page.errors() == ["id_number_error"]
    assert 'value="DE89 3704 0044 0532 0130 00"' in page.submit(use="DE89370400440532013000").text
    done = page.submit(outcome="complete", number="DE89 3704 0044 0532 0130 00", holder="A Maker")
    assert (done.status_code, done.headers["Location"]) == (302, ADDRESSES["return_url"])
    after = sandbox.client.v1.accounts.retrieve(account.id)
    assert after.external_accounts is not None
    assert [bank.last4 for bank in after.external_accounts.data] == ["3000"]
    assert state(after) == (True, "active", True, None, False)


def test_without_a_bank_account_nothing_is_paid_out(sandbox: Sandbox) -> None:
    account = make(sandbox)
    Browser(link(sandbox, account.id)).submit(outcome="complete")
    assert state(sandbox.client.v1.accounts.retrieve(account.id)) == (True, "active", False, None, True)


def test_a_link_works_once_and_not_for_long(sandbox: Sandbox) -> None:
    account = make(sandbox)
    used, old = link(sandbox, account.id), link(sandbox, account.id)
    Browser(used).submit(outcome="incomplete")
    assert httpx.get(used).headers["Location"] == ADDRESSES["refresh_url"]
    sandbox.turn(ahead=301)
    assert httpx.get(old).headers["Location"] == ADDRESSES["refresh_url"]
    assert httpx.get(f"{sandbox.url}/c/onboard/nothing").status_code == 404


def test_changes_are_told_to_the_connect_endpoint_under_its_own_secret(sandbox: Sandbox, connect: Receiver) -> None:
    account = make(sandbox)
    sandbox.onboard(account.id)
    kinds = {}
    for _ in range(2):
        body, signature = connect.received.get(timeout=20)
        assert stripe.WebhookSignature.verify_header(body, signature, CONNECT_SECRET, 300)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(body, signature, SECRET, 300)
        event = json.loads(body)
        assert event["account"] == account.id
        kinds[event["type"]] = event["data"]["object"]
    assert kinds.keys() == {"account.external_account.created", "account.updated"}
    assert kinds["account.updated"]["payouts_enabled"] is True


def test_without_an_address_connect_events_are_only_kept(sandbox: Sandbox) -> None:
    account = make(sandbox)
    sandbox.onboard(account.id, "restricted")
    kept = sandbox.client.v1.events.list({"limit": 5}, {"stripe_account": account.id}).data
    assert [event.type for event in kept] == ["account.updated", "account.external_account.created"]
    assert {event.pending_webhooks for event in kept} == {0}
    assert not [event for event in sandbox.client.v1.events.list({"limit": 20}).data if event.account]


def test_another_platforms_account_is_out_of_reach(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.PermissionError):
        sandbox.client.v1.events.list({}, {"stripe_account": "acct_of_somebody_else"})
    account = make(sandbox)
    with pytest.raises(stripe.InvalidRequestError, match="does not act for connected accounts"):
        sandbox.client.v1.accounts.list({}, {"stripe_account": account.id})


def test_an_account_of_v2_is_onboarded_and_seen_through_both(sandbox: Sandbox) -> None:
    account = sandbox.client.v2.core.accounts.create(V2)
    assert (transfers(account), account.applied_configurations) == ("restricted", ["recipient"])
    assert account.requirements is not None
    assert account.requirements.summary is not None
    wanted: Any = {
        "account": account.id,
        "use_case": {"type": "account_onboarding", "account_onboarding": ADDRESSES},
    }
    page = Browser(sandbox.client.v2.core.account_links.create(wanted).url)
    assert page.submit(outcome="complete", number="DE89370400440532013000", holder="M").status_code == 302
    after = sandbox.client.v2.core.accounts.retrieve(account.id, {"include": ["configuration.recipient"]})
    assert (transfers(after), after.requirements) == ("active", None)
    assert state(sandbox.client.v1.accounts.retrieve(account.id)) == (True, "active", True, None, False)
    assert sandbox.client.v2.core.accounts.list({"limit": 1}).data[0].id == account.id


def test_v2_refuses_what_it_does_not_know(sandbox: Sandbox) -> None:
    for changes in ({"colour": "red"}, {"dashboard": "none"}, {"configuration": {"merchant": {"mcc": "1"}}}):
        with pytest.raises(stripe.InvalidRequestError):
            sandbox.client.v2.core.accounts.create(V2 | changes)


def transfers(account: stripe.v2.core.Account) -> str:
    assert account.configuration is not None
    assert account.configuration.recipient is not None
    capabilities = account.configuration.recipient.capabilities
    assert capabilities is not None
    assert capabilities.stripe_balance is not None
    assert capabilities.stripe_balance.stripe_transfers is not None
    return capabilities.stripe_balance.stripe_transfers.status
