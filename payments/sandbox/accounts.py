"""Connected accounts as API v1 shows them: the producers and workers who are paid.

API v2 (accounts_v2.py) shows the same accounts: one that was made with either can be read with
both, as with Stripe.
"""

import stripe

from payments.sandbox import countries, events, lists, onboarding
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.session_checks import check_metadata
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

SCHEDULE = (
    "settings.payouts.schedule.interval",
    "settings.payouts.schedule.weekly_anchor",
    "settings.payouts.schedule.monthly_anchor",
)
EDITABLE = (
    "business_profile.name",
    "business_profile.product_description",
    "business_profile.url",
    "business_type",
    "capabilities.card_payments.requested",
    "capabilities.transfers.requested",
    "email",
    "metadata",
    *SCHEDULE,
)
DAILY: Json = {"delay_days": 2, "interval": "daily"}
CONTROLLER: Json = {
    "fees": {"payer": "application"},
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "express"},
}


@endpoint(
    stripe.params.AccountCreateParams,
    *EDITABLE,
    "controller",
    "country",
    "default_currency",
    "tos_acceptance.service_agreement",
    "type",
)
def create(call: Call) -> Json:
    params = call.params
    if params.get("type") != "express" and params.get("controller") != CONTROLLER:
        raise ApiError(
            "The sandbox only makes express accounts: the platform pays fees and losses.", param="type", kept=False
        )
    check_metadata(params.get("metadata", {}))
    return add(call.store, new_account(params, call.store.now))


@endpoint(stripe.params.AccountRetrieveParams)
def retrieve(call: Call, identifier: str) -> Json:
    return call.store.get("account", identifier)


@endpoint(stripe.params.AccountListParams, *lists.LIST_PARAMS)
def listing(call: Call) -> Json:
    return lists.page(call.store, "account", "/v1/accounts", call.params)


@endpoint(stripe.params.AccountUpdateParams, *EDITABLE)
def update(call: Call, identifier: str) -> Json:
    account = call.store.locked("account", identifier)
    check_metadata(call.params.get("metadata", {}))
    edit(account, call.params)
    call.store.save(account)
    events.emit(call.store, "account.updated", account, origin=call.origin, account=account["id"])
    return account


@endpoint(stripe.params.AccountRejectParams, "reason")
def reject(call: Call, identifier: str) -> Json:
    return onboarding.finish(call.store, identifier, "rejected", origin=call.origin)


def add(store: Store, account: Json, *, private: Json | None = None) -> Json:
    return store.add(account, private={"swept": store.now, **(private or {})})


def edit(account: Json, params: Json) -> None:
    """Take over what was given and leave the rest."""
    for name in ("business_type", "email"):
        account[name] = params.get(name, account[name])
    account["metadata"] |= params.get("metadata", {})
    account["business_profile"] |= params.get("business_profile", {})
    account["settings"]["payouts"]["schedule"] |= params.get("settings", {}).get("payouts", {}).get("schedule", {})
    for name, wish in params.get("capabilities", {}).items():
        if wish.get("requested"):
            account["capabilities"].setdefault(name, "inactive")


def new_account(params: Json, now: int) -> Json:
    country = params.get("country", "US").upper()
    account = shaped(
        stripe.Account,
        id=new_id("acct"),
        object="account",
        business_profile=dict.fromkeys(("name", "product_description", "url")),
        capabilities={},
        charges_enabled=False,
        controller={"type": "application", "is_controller": True, **CONTROLLER},
        country=country,
        created=now,
        default_currency=params.get("default_currency", countries.currency_of(country)),
        details_submitted=False,
        external_accounts=lists.listed([], "", has_more=False),
        future_requirements=onboarding.requirements(),
        metadata={},
        payouts_enabled=False,
        requirements=onboarding.requirements(onboarding.FIRST_ASKED),
        settings={"payouts": {"debit_negative_balances": True, "schedule": dict(DAILY), "statement_descriptor": None}},
        tos_acceptance={"date": None, "ip": None, "user_agent": None, **params.get("tos_acceptance", {})},
        type=params.get("type", "none"),
    )
    del account["deleted"]
    account["external_accounts"]["url"] = f"/v1/accounts/{account['id']}/external_accounts"
    edit(account, params)
    return account
