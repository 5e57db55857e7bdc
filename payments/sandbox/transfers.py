"""Transfers from the platform to connected accounts, and their reversals."""

import stripe

from payments.sandbox import balances, controls, events, lists
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import (
    ApiError,
    Json,
    insufficient_balance,
    missing_parameter,
    not_positive,
    restricted_account,
)
from payments.sandbox.session_checks import check_metadata
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

KIND = "transfer"


@endpoint(
    stripe.params.TransferCreateParams,
    "amount",
    "currency",
    "description",
    "destination",
    "metadata",
    "source_transaction",
    "transfer_group",
)
def create(call: Call) -> Json:
    store, params = call.store, call.params
    check_metadata(params.get("metadata", {}))
    balances.lock(store, None)
    charge = source(store, params)
    amount = params.get("amount", charge["amount"] if charge else None)
    if amount is None:
        raise missing_parameter("amount")
    not_positive(amount, "amount")
    check_destination(store, params["destination"])
    available_on = check_source(store, charge, params, amount) if charge else check_funds(store, params, amount)
    transfer = new_transfer(params, amount, charge, store.now)
    store.add(transfer)
    move(store, transfer, available_on)
    events.emit(store, "transfer.created", transfer, origin=call.origin)
    return transfer


@endpoint(stripe.params.TransferRetrieveParams)
def retrieve(call: Call, identifier: str) -> Json:
    return call.store.get(KIND, identifier)


@endpoint(stripe.params.TransferListParams, *lists.LIST_PARAMS, "destination", "transfer_group")
def listing(call: Call) -> Json:
    return lists.page(call.store, KIND, "/v1/transfers", call.params, ("destination", "transfer_group"))


@endpoint(stripe.params.TransferCreateReversalParams, "amount", "metadata")
def reverse(call: Call, identifier: str) -> Json:
    store, params = call.store, call.params
    check_metadata(params.get("metadata", {}))
    transfer = store.locked(KIND, identifier)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = params.get("amount", left)
    check_reversal(store, transfer, amount, left)
    reversal = new_reversal(transfer, amount, params, store.now)
    store.add(reversal, parent=transfer["id"])
    give_back(store, transfer, reversal)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    show_reversal(transfer, reversal)
    store.save(transfer)
    events.emit(store, "transfer.reversed", transfer, origin=call.origin)
    return reversal


@endpoint(stripe.params.TransferListReversalsParams, "limit", "starting_after", "ending_before")
def list_reversals(call: Call, identifier: str) -> Json:
    call.store.get(KIND, identifier)
    narrowed = {**call.params, "transfer": identifier}
    return lists.page(call.store, "transfer_reversal", f"/v1/transfers/{identifier}/reversals", narrowed, ["transfer"])


@endpoint(stripe.params.TransferRetrieveReversalParams)
def retrieve_reversal(call: Call, identifier: str, reversal: str) -> Json:
    call.store.get(KIND, identifier)
    return call.store.get("transfer_reversal", reversal)


def source(store: Store, params: Json) -> Json | None:
    return store.locked("charge", params["source_transaction"]) if "source_transaction" in params else None


def check_destination(store: Store, account_id: str) -> None:
    account = store.find(account_id)
    if account is None or account["object"] != "account":
        message = f"No such destination: '{account_id}'"
        raise ApiError(message, code="resource_missing", param="destination", kept=False)
    if account["capabilities"].get("transfers") != "active":
        raise restricted_account()


def check_source(store: Store, charge: Json, params: Json, amount: int) -> int:
    """When the money of this charge is available. What was reversed is not free to transfer again."""
    if not charge["paid"]:
        raise ApiError(f"Charge {charge['id']} has not been paid.", param="source_transaction")
    if charge["currency"] != params["currency"].lower():
        raise ApiError("The currency must be that of the source transaction's balance.", param="currency")
    used = sum(other["amount"] for other in store.matching(KIND, {"source_transaction": charge["id"]}))
    if used + amount > charge["amount"]:
        raise ApiError(
            f"The amount exceeds what is left of the source charge ({charge['amount'] - used}).",
            param="amount",
        )
    booked: int = store.get("balance_transaction", charge["balance_transaction"])["available_on"]
    return max(booked, store.now)


def check_funds(store: Store, params: Json, amount: int) -> int:
    if amount > balances.available(store, None, params["currency"].lower()):
        raise insufficient_balance()
    return store.now


def check_reversal(store: Store, transfer: Json, amount: int, left: int) -> None:
    """Stripe wants the amount on the payee's account; `negative_balances` lets it go below zero instead."""
    if left == 0:
        raise ApiError(f"Transfer {transfer['id']} is already fully reversed.", param="amount")
    not_positive(amount, "amount")
    if amount > left:
        raise ApiError(f"Reversal amount ({amount}) is greater than the unreversed amount ({left}).", param="amount")
    payee = transfer["destination"]
    balances.lock(store, payee)
    reach = balances.available(store, payee, transfer["currency"], moment=usable_from(store, transfer))
    if amount > reach and not controls.read(store)["negative_balances"]:
        raise insufficient_balance()


def usable_from(store: Store, transfer: Json) -> int:
    """A transfer that is pending can be taken back from what is pending with it."""
    booked: int = store.get("balance_transaction", transfer["balance_transaction"])["available_on"]
    return max(booked, store.now)


def show_reversal(transfer: Json, reversal: Json) -> None:
    inside = transfer["reversals"]
    inside["total_count"] += 1
    inside["data"] = [reversal, *inside["data"]][: lists.SHOWN_INSIDE]
    inside["has_more"] = inside["total_count"] > lists.SHOWN_INSIDE


def move(store: Store, transfer: Json, available_on: int) -> None:
    """Out of the platform's balance and into the payee's."""
    entry = balances.Entry("transfer", -transfer["amount"], transfer["currency"], available_on)
    transfer["balance_transaction"] = balances.post(store, transfer["id"], entry)["id"]
    store.save(transfer)
    received = balances.Entry("payment", transfer["amount"], transfer["currency"], available_on, "charge")
    balances.post(store, transfer["destination_payment"], received, transfer["destination"])


def give_back(store: Store, transfer: Json, reversal: Json) -> None:
    available_on, amount, currency = usable_from(store, transfer), reversal["amount"], reversal["currency"]
    entry = balances.Entry("transfer_refund", amount, currency, available_on, "transfer_reversal")
    reversal["balance_transaction"] = balances.post(store, reversal["id"], entry)["id"]
    store.save(reversal)
    taken = balances.Entry("payment_refund", -amount, currency, available_on, "refund")
    balances.post(store, reversal["destination_payment_refund"], taken, transfer["destination"])


def new_transfer(params: Json, amount: int, charge: Json | None, now: int) -> Json:
    identifier = new_id("tr")
    group = params.get("transfer_group") or (charge and (charge["transfer_group"] or f"group_{charge['id']}"))
    url = f"/v1/transfers/{identifier}/reversals"
    return shaped(
        stripe.Transfer,
        id=identifier,
        object=KIND,
        amount=amount,
        amount_reversed=0,
        created=now,
        currency=params["currency"].lower(),
        description=params.get("description"),
        destination=params["destination"],
        destination_payment=new_id("py"),
        livemode=False,
        metadata=params.get("metadata", {}),
        reversals={**lists.listed([], url, has_more=False), "total_count": 0},
        reversed=False,
        source_transaction=charge["id"] if charge else None,
        source_type="card",
        transfer_group=group,
    )


def new_reversal(transfer: Json, amount: int, params: Json, now: int) -> Json:
    return shaped(
        stripe.TransferReversal,
        id=new_id("trr"),
        object="transfer_reversal",
        amount=amount,
        created=now,
        currency=transfer["currency"],
        destination_payment_refund=new_id("pyr"),
        metadata=params.get("metadata", {}),
        transfer=transfer["id"],
    )
