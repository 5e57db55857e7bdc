"""Connected accounts as API v2 shows them: core accounts with the recipient configuration.

Stripe reports on v2 accounts twice: with v1's `account.updated`, and with thin events that go to
event destinations (`v2.core.account[requirements].updated` and others), which name the account
and no content. The sandbox sends only the first, on the connect endpoint, for accounts made with
either API: it carries all that the product acts on, and needs no third endpoint and secret.
"""

import datetime

from stripe.params.v2 import core

from payments.sandbox import accounts, events, lists
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.session_checks import check_metadata

KIND = "v2.core.account"
SHOWN_ON_REQUEST = ("defaults", "future_requirements", "identity", "requirements")
TRANSFERS = "configuration.recipient.capabilities.stripe_balance.stripe_transfers.requested"
EDITABLE = (TRANSFERS, "contact_email", "display_name", "include", "metadata")


@endpoint(
    core.AccountCreateParams,
    *EDITABLE,
    "dashboard",
    "defaults.currency",
    "defaults.responsibilities",
    "identity.country",
    "identity.entity_type",
)
def create(call: Call) -> Json:
    params = call.params
    check(params)
    account = accounts.new_account(as_v1(params), call.store.now)
    private = {"display_name": params.get("display_name")}
    accounts.add(call.store, account, private=private)
    return view(account, private, params.get("include", []))


@endpoint(core.AccountRetrieveParams, "include")
def retrieve(call: Call, identifier: str) -> Json:
    account = call.store.get("account", identifier)
    return view(account, call.store.private(identifier), call.params.get("include", []))


@endpoint(core.AccountListParams, "limit")
def listing(call: Call) -> Json:
    found = lists.page(call.store, "account", "/v2/core/accounts", call.params)["data"]
    shown = [view(account, call.store.private(account["id"]), []) for account in found]
    return {"data": shown, "next_page_url": None, "previous_page_url": None}


@endpoint(core.AccountUpdateParams, *EDITABLE)
def update(call: Call, identifier: str) -> Json:
    account = call.store.locked("account", identifier)
    check_metadata(call.params.get("metadata", {}))
    accounts.edit(account, as_v1(call.params))
    call.store.save(account)
    if "display_name" in call.params:
        call.store.keep(identifier, {"display_name": call.params["display_name"]})
    events.emit(call.store, "account.updated", account, origin=call.origin, account=identifier)
    return view(account, call.store.private(identifier), call.params.get("include", []))


def check(params: Json) -> None:
    check_metadata(params.get("metadata", {}))
    if params.get("dashboard") != "express":
        raise ApiError("The sandbox only makes accounts with the express dashboard.", param="dashboard", kept=False)
    wanted = {"fees_collector": "application", "losses_collector": "application"}
    if params.get("defaults", {}).get("responsibilities") != wanted:
        raise ApiError(
            "The platform collects fees and losses of the sandbox's accounts.",
            param="defaults.responsibilities",
            kept=False,
        )


def as_v1(params: Json) -> Json:
    """The same wishes in the words of v1."""
    identity, defaults = params.get("identity", {}), params.get("defaults", {})
    recipient = params.get("configuration", {}).get("recipient", {}).get("capabilities", {})
    wishes = {
        "business_type": identity.get("entity_type"),
        "capabilities": {"transfers": recipient.get("stripe_balance", {}).get("stripe_transfers", {})},
        "country": identity.get("country"),
        "default_currency": defaults.get("currency"),
        "email": params.get("contact_email"),
        "metadata": params.get("metadata"),
    }
    return {name: wish for name, wish in wishes.items() if wish is not None}


def view(account: Json, private: Json, include: list[str]) -> Json:
    """The v2 object. What was not asked for by `include` is null, as with Stripe."""
    shown = {
        "defaults": defaults(account),
        "future_requirements": requirements([]),
        "identity": {"country": account["country"].lower(), "entity_type": account["business_type"]},
        "requirements": requirements(account["requirements"]["currently_due"]),
    }
    recipient = {"recipient": configuration(account)} if "configuration.recipient" in include else None
    return {
        "id": account["id"],
        "object": KIND,
        "applied_configurations": ["recipient"],
        "closed": False,
        "configuration": recipient,
        "contact_email": account["email"],
        "contact_phone": None,
        "created": instant(account["created"]),
        "dashboard": "express",
        "display_name": private.get("display_name"),
        "livemode": False,
        "metadata": account["metadata"],
        **{name: shown[name] if name in include else None for name in SHOWN_ON_REQUEST},
    }


def configuration(account: Json) -> Json:
    transfers = account["capabilities"].get("transfers") == "active"
    held = {
        "stripe_transfers": capability(account, active=transfers),
        "payouts": capability(account, active=account["payouts_enabled"]),
    }
    return {"applied": True, "capabilities": {"bank_accounts": None, "cards": None, "stripe_balance": held}}


def capability(account: Json, *, active: bool) -> Json:
    if active:
        return {"status": "active", "status_details": []}
    if str(account["requirements"]["disabled_reason"]).startswith("rejected"):
        return {"status": "rejected", "status_details": [{"code": "rejected_other", "resolution": "contact_stripe"}]}
    return {"status": "restricted", "status_details": [{"code": "requirements_past_due", "resolution": "provide_info"}]}


def defaults(account: Json) -> Json:
    collectors = {"fees_collector": "application", "losses_collector": "application"}
    return {
        "currency": account["default_currency"],
        "locales": None,
        "payout_methods": None,
        "profile": None,
        "responsibilities": {**collectors, "requirements_collector": "stripe"},
    }


def requirements(due: list[str]) -> Json:
    deadline = {"minimum_deadline": {"status": "currently_due", "time": None}} if due else None
    return {"alternatives": [], "entries": [entry(name) for name in due], "summary": deadline}


def entry(name: str) -> Json:
    due = {"status": "currently_due"}
    restricts = {"capability": "stripe_balance.stripe_transfers", "configuration": "recipient", "deadline": due}
    return {
        "awaiting_action_from": "user",
        "description": name,
        "errors": [],
        "impact": {"restricts_capabilities": [restricts]},
        "minimum_deadline": due,
        "reference": None,
        "requested_reasons": [{"code": "routine_onboarding"}],
    }


def instant(seconds: int) -> str:
    """Unix seconds as v2 writes them: 2026-11-20T14:05:09.000Z"""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
