"""Checkout Sessions: create, read, expire."""

import stripe
from stripe.params import checkout

from payments.sandbox import config, events, lists
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.session_checks import LONGEST_LIFE, check_request, check_total, one_currency
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

PRODUCT = "line_items.price_data.product_data"


@endpoint(
    checkout.SessionCreateParams,
    "mode",
    "success_url",
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "expires_at",
    "metadata",
    "payment_method_types",
    "payment_intent_data.description",
    "payment_intent_data.metadata",
    "payment_intent_data.transfer_group",
    "line_items.quantity",
    "line_items.price_data.currency",
    "line_items.price_data.unit_amount",
    f"{PRODUCT}.name",
    f"{PRODUCT}.description",
    f"{PRODUCT}.metadata",
)
def create(call: Call) -> Json:
    check_request(call.params, call.store.now)
    currency = one_currency(call.params["line_items"])
    total = sum(line["quantity"] * line["price_data"]["unit_amount"] for line in call.params["line_items"])
    check_total(total, currency)
    session = new_session(call.params, currency, total, call.store.now)
    call.store.add(session, private=call.params.get("payment_intent_data", {}))
    for line in call.params["line_items"]:
        call.store.add(new_line(line, currency, call.store.now), parent=session["id"])
    return session


@endpoint(checkout.SessionListParams, *lists.LIST_PARAMS, "payment_intent", "status", "customer_details.email")
def listing(call: Call) -> Json:
    facts = ("payment_intent", "status", "customer_details")
    return lists.page(call.store, "checkout.session", "/v1/checkout/sessions", call.params, facts)


@endpoint(checkout.SessionRetrieveParams)
def retrieve(call: Call, identifier: str) -> Json:
    return call.store.get("checkout.session", identifier)


@endpoint(checkout.SessionListLineItemsParams, "limit", "starting_after")
def line_items(call: Call, identifier: str) -> Json:
    call.store.get("checkout.session", identifier)
    limit = lists.page_size(call.params)
    return lists.line_items(call.store, identifier, limit=limit, after=call.params.get("starting_after"))


@endpoint(checkout.SessionExpireParams)
def expire(call: Call, identifier: str) -> Json:
    session = call.store.locked("checkout.session", identifier)
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {session['status']}."
        )
    return close_expired(call.store, session, origin=call.origin)


def close_expired(store: Store, session: Json, *, origin: Json = events.BY_HAND) -> Json:
    session |= {"status": "expired", "url": None, "expires_at": min(session["expires_at"], store.now)}
    store.save(session)
    events.emit(store, "checkout.session.expired", session, origin=origin)
    return session


def new_session(params: Json, currency: str, total: int, now: int) -> Json:
    identifier = new_id("cs_test")
    return shaped(
        stripe.checkout.Session,
        id=identifier,
        object="checkout.session",
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        created=now,
        currency=currency,
        custom_fields=[],
        custom_text=dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        customer_creation="if_required",
        customer_email=params.get("customer_email"),
        expires_at=params.get("expires_at", now + LONGEST_LIFE),
        livemode=False,
        metadata=params.get("metadata", {}),
        mode="payment",
        payment_method_types=["card"],
        payment_status="unpaid" if total else "no_payment_required",
        shipping_options=[],
        status="open",
        success_url=params["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        url=f"{config.from_environment().public_url}/c/pay/{identifier}",
    )


def new_line(line: Json, currency: str, now: int) -> Json:
    product, amount = line["price_data"]["product_data"], line["price_data"]["unit_amount"]
    subtotal = amount * line["quantity"]
    return shaped(
        stripe.LineItem,
        id=new_id("li"),
        object="item",
        amount_discount=0,
        amount_subtotal=subtotal,
        amount_tax=0,
        amount_total=subtotal,
        currency=currency,
        description=product["name"],
        discounts=[],
        metadata=product.get("metadata", {}),
        price=new_price(amount, currency, now),
        quantity=line["quantity"],
    )


def new_price(amount: int, currency: str, now: int) -> Json:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": currency,
        "livemode": False,
        "metadata": {},
        "product": new_id("prod"),
        "type": "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
