"""Disputes of charges: opened and decided by hand, by a test card, by evidence, or by time.

A dispute takes the amount and a fee out of the platform's balance. Winning brings the amount
back; the fee is kept either way. An inquiry (`warning_…`) moves no money.
"""

import stripe

from payments.sandbox import balances, events, lists
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.session_checks import check_metadata
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

KIND = "dispute"
FEE = 1500
DAYS_TO_RESPOND = 9
DAY = 24 * 3600
UNANSWERED = ("needs_response", "warning_needs_response")
OPEN = (*UNANSWERED, "under_review", "warning_under_review")
REASONS = (
    "fraudulent",
    "general",
    "product_not_received",
    "product_unacceptable",
    "duplicate",
    "credit_not_processed",
    "unrecognized",
)
# Texts that decide a dispute in Stripe's test mode.
DECIDING = {"winning_evidence": "won", "losing_evidence": "lost"}
OVERDUE = """
select data from objects
where kind = 'dispute' and data ->> 'status' = any(%s) and (data #>> '{evidence_details,due_by}')::bigint <= %s
limit 100 for update skip locked
"""


@endpoint(stripe.params.DisputeRetrieveParams)
def retrieve(call: Call, identifier: str) -> Json:
    return call.store.get(KIND, identifier)


@endpoint(stripe.params.DisputeListParams, *lists.LIST_PARAMS, "charge", "payment_intent")
def listing(call: Call) -> Json:
    return lists.page(call.store, KIND, "/v1/disputes", call.params, ("charge", "payment_intent"))


@endpoint(stripe.params.DisputeUpdateParams, "evidence", "metadata", "submit")
def update(call: Call, identifier: str) -> Json:
    """Stage evidence, or hand it in; the bank then answers only once."""
    store, given = call.store, call.params.get("evidence", {})
    check_metadata(call.params.get("metadata", {}))
    dispute = locked_open(store, identifier)
    check_evidence(store, dispute, given)
    dispute["evidence"] |= given
    dispute["metadata"] |= call.params.get("metadata", {})
    dispute["evidence_details"]["has_evidence"] |= bool(given)
    if call.params.get("submit", True):
        submit(dispute)
    store.save(dispute)
    events.emit(store, "charge.dispute.updated", dispute, origin=call.origin)
    decision = DECIDING.get(given.get("uncategorized_text", ""))
    return decide(store, identifier, won=decision == "won") if decision and submitted(dispute) else dispute


@endpoint(stripe.params.DisputeCloseParams)
def close(call: Call, identifier: str) -> Json:
    """Give up: the same as losing."""
    return decide(call.store, identifier, won=False, origin=call.origin)


def open_on(store: Store, charge_id: str, *, reason: str = "fraudulent", inquiry: bool = False) -> Json:
    """What a cardholder's bank starts. An inquiry only asks."""
    charge = store.locked("charge", charge_id)
    amount = charge["amount_captured"] - charge["amount_refunded"]
    if reason not in REASONS:
        raise ApiError(f"Choose one of {', '.join(REASONS)}.", param="reason", kept=False)
    if charge["disputed"] or amount <= 0:
        raise ApiError("This charge cannot be disputed: it is refunded, unpaid, or was disputed before.", kept=False)
    dispute = store.add(new_dispute(charge, amount, reason, inquiry=inquiry, now=store.now), parent=charge_id)
    store.save(charge | {"disputed": True})
    events.emit(store, "charge.dispute.created", dispute)
    return dispute if inquiry else withdraw(store, dispute)


def withdraw(store: Store, dispute: Json) -> Json:
    entry = balances.Entry("adjustment", -dispute["amount"], dispute["currency"], store.now, "dispute", FEE)
    book(store, dispute, entry)
    events.emit(store, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def decide(store: Store, identifier: str, *, won: bool, origin: Json = events.BY_HAND) -> Json:
    """The bank's last word; an inquiry just closes, whoever was right."""
    dispute = locked_open(store, identifier)
    inquiry = dispute["status"].startswith("warning")
    decision = "won" if won else "lost"
    dispute["status"] = "warning_closed" if inquiry else decision
    dispute["is_charge_refundable"] = inquiry or won
    store.save(dispute)
    events.emit(store, "charge.dispute.closed", dispute, origin=origin)
    if won and not inquiry:
        entry = balances.Entry("adjustment", dispute["amount"], dispute["currency"], store.now, "dispute_reversal")
        book(store, dispute, entry)
        events.emit(store, "charge.dispute.funds_reinstated", dispute, origin=origin)
    return dispute


def expire_unanswered(store: Store) -> None:
    """Without an answer in time the bank decides for the cardholder."""
    for row in store.rows(OVERDUE, [list(UNANSWERED), store.now]):
        decide(store, row["data"]["id"], won=False)


def forbids_refund(store: Store, charge: Json) -> bool:
    """Whether the money of a charge is with the cardholder's bank, or went back through it."""
    return any(not dispute["is_charge_refundable"] for dispute in store.matching(KIND, {"charge": charge["id"]}))


def book(store: Store, dispute: Json, entry: balances.Entry) -> None:
    dispute["balance_transactions"].append(balances.post(store, dispute["id"], entry))
    store.save(dispute)


def locked_open(store: Store, identifier: str) -> Json:
    dispute = store.locked(KIND, identifier)
    if dispute["status"] not in OPEN:
        raise ApiError("This dispute is already closed.", code="dispute_closed")
    return dispute


def check_evidence(store: Store, dispute: Json, given: Json) -> None:
    if given and submitted(dispute):
        raise ApiError("The evidence of this dispute was already submitted.", param="evidence")
    for name, value in given.items():
        if str(value).startswith("file_") and store.find(value) is None:
            raise ApiError(f"No such file: '{value}'", code="resource_missing", param=f"evidence[{name}]", kept=False)


def submit(dispute: Json) -> None:
    dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    dispute["evidence_details"] |= {"submission_count": 1, "submission_method": "manual"}


def submitted(dispute: Json) -> bool:
    return bool(dispute["evidence_details"]["submission_count"])


def new_dispute(charge: Json, amount: int, reason: str, *, inquiry: bool, now: int) -> Json:
    card = charge["payment_method_details"]["card"]
    case = {"brand": card["brand"], "case_type": "inquiry" if inquiry else "chargeback", "network": card["brand"]}
    return shaped(
        stripe.Dispute,
        id=new_id("du"),
        object=KIND,
        amount=amount,
        balance_transactions=[],
        charge=charge["id"],
        created=now,
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={"enhanced_evidence": {}},
        evidence_details=first_details(now),
        is_charge_refundable=inquiry,
        livemode=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        payment_method_details={"type": "card", "card": {**case, "network_reason_code": None}},
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
    )


def first_details(now: int) -> Json:
    return {
        "due_by": now + DAYS_TO_RESPOND * DAY,
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }
