"""Links to the hosted onboarding page: single use, for a few minutes, made with v1 or v2."""

import stripe
from stripe.params.v2 import core

from payments.sandbox import config
from payments.sandbox.accounts_v2 import instant
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import Json, parameter_error
from payments.sandbox.session_checks import check_url
from payments.sandbox.store import Store, new_id

LIFETIME = 5 * 60
USE_CASES = ("account_onboarding", "account_update")
ADDRESSES = ("refresh_url", "return_url")


@endpoint(stripe.params.AccountLinkCreateParams, "account", "refresh_url", "return_url", "type")
def create(call: Call) -> Json:
    link = new_link(call.store, call.params["account"], call.params)
    return {name: link[name] for name in ("created", "expires_at", "object", "url")}


@endpoint(
    core.AccountLinkCreateParams,
    "account",
    "use_case.type",
    *(f"use_case.{case}.{url}" for case in USE_CASES for url in ADDRESSES),
)
def create_v2(call: Call) -> Json:
    use_case = call.params["use_case"]
    asked = use_case.get(use_case["type"])
    if asked is None:
        raise parameter_error("parameter_missing", f"Missing required param: {use_case['type']}.", "use_case")
    link = new_link(call.store, call.params["account"], asked)
    return {
        "object": "v2.core.account_link",
        "account": call.params["account"],
        "created": instant(link["created"]),
        "expires_at": instant(link["expires_at"]),
        "livemode": False,
        "url": link["url"],
        "use_case": use_case,
    }


def new_link(store: Store, account_id: str, asked: Json) -> Json:
    """`asked` has the addresses to lead to: when done, and when the link no longer works."""
    store.get("account", account_id)
    for name in ADDRESSES:
        if not asked.get(name):
            raise parameter_error("parameter_missing", f"Missing required param: {name}.", name)
        check_url(asked[name], name)
    identifier = new_id("alink")
    link = {
        "id": identifier,
        "object": "account_link",
        "created": store.now,
        "expires_at": store.now + LIFETIME,
        "url": f"{config.from_environment().public_url}/c/onboard/{identifier}",
    }
    addresses = {name: asked[name] for name in ADDRESSES}
    return store.add(link, parent=account_id, private={"account": account_id, "used": False, **addresses})
