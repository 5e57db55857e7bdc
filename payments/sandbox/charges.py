"""Read intents and charges; give charges back."""

import stripe

from payments.sandbox import disputes, events, lists
from payments.sandbox.api import Call, endpoint
from payments.sandbox.balances import book
from payments.sandbox.errors import ApiError, Json, parameter_error
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id


@endpoint(stripe.params.PaymentIntentRetrieveParams)
def retrieve_intent(call: Call, identifier: str) -> Json:
    return call.store.get("payment_intent", identifier)


@endpoint(stripe.params.PaymentIntentListParams, *lists.LIST_PARAMS)
def list_intents(call: Call) -> Json:
    return lists.page(call.store, "payment_intent", "/v1/payment_intents", call.params)


@endpoint(stripe.params.ChargeRetrieveParams)
def retrieve_charge(call: Call, identifier: str) -> Json:
    return call.store.get("charge", identifier)


@endpoint(stripe.params.ChargeListParams, *lists.LIST_PARAMS, "payment_intent", "transfer_group")
def list_charges(call: Call) -> Json:
    facts = ("payment_intent", "transfer_group")
    return lists.page(call.store, "charge", "/v1/charges", call.params, facts)


@endpoint(stripe.params.RefundCreateParams, "charge", "payment_intent", "amount", "reason", "metadata")
def create_refund(call: Call) -> Json:
    charge = charge_to_refund(call.store, call.params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = call.params.get("amount", left)
    check_refund(charge, amount, left)
    if disputes.forbids_refund(call.store, charge):
        raise ApiError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    refund = new_refund(charge, amount, call.params, call.store.now)
    call.store.add(refund, parent=charge["id"])
    refund["balance_transaction"] = book(call.store, refund, kind="refund")["id"]
    call.store.save(refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    call.store.save(charge)
    events.emit(call.store, "refund.created", refund, origin=call.origin)
    events.emit(call.store, "charge.refunded", charge, origin=call.origin)
    return refund


@endpoint(stripe.params.RefundRetrieveParams)
def retrieve_refund(call: Call, identifier: str) -> Json:
    return call.store.get("refund", identifier)


@endpoint(stripe.params.RefundListParams, *lists.LIST_PARAMS, "charge", "payment_intent")
def list_refunds(call: Call) -> Json:
    facts = ("charge", "payment_intent")
    return lists.page(call.store, "refund", "/v1/refunds", call.params, facts)


def charge_to_refund(store: Store, params: Json) -> Json:
    if "charge" in params:
        return store.locked("charge", params["charge"])
    if "payment_intent" not in params:
        raise parameter_error(
            "parameter_missing", "One of the following params should be provided: payment_intent or charge.", "charge"
        )
    intent = store.get("payment_intent", params["payment_intent"])
    if not intent["latest_charge"]:
        raise ApiError(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return store.locked("charge", intent["latest_charge"])


def check_refund(charge: Json, amount: int, left: int) -> None:
    if not charge["paid"]:
        raise ApiError(f"Charge {charge['id']} has not been paid.", code="charge_not_refundable")
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount < 1:
        raise parameter_error("parameter_invalid_integer", "Invalid positive integer", "amount")
    if amount > left:
        raise ApiError(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")


def new_refund(charge: Json, amount: int, params: Json, now: int) -> Json:
    return shaped(
        stripe.Refund,
        id=new_id("re"),
        object="refund",
        amount=amount,
        charge=charge["id"],
        created=now,
        currency=charge["currency"],
        metadata=params.get("metadata", {}),
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        status="succeeded",
    )
