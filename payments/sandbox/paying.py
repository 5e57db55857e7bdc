"""What happens when somebody pays on the hosted page: intents, charges, declines, confirmation."""

from dataclasses import dataclass
from typing import Any

import stripe

from payments.sandbox import disputes, events
from payments.sandbox.balances import book
from payments.sandbox.cards import CARDS, Card
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

UNKNOWN_CARD = Card(
    "",
    "unknown",
    "",
    "decline",
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. The sandbox only takes its test cards.",
)
NOT_CONFIRMED = Card(
    "",
    "visa",
    "",
    "decline",
    "payment_intent_authentication_failure",
    "",
    "We could not confirm your payment. Choose another card or try again.",
)


@dataclass(frozen=True)
class Payer:
    email: str
    name: str


def pay(store: Store, session_id: str, payer: Payer, number: str) -> Json:
    """Try a card on an open session. Returns the intent: succeeded, requires_action, or declined."""
    session = open_session(store, session_id)
    session["customer_details"] = {"email": payer.email, "name": payer.name, "tax_exempt": "none"}
    if session["amount_total"] == 0:
        return complete(store, session, intent=None)
    intent = intent_of(store, session)
    card = CARDS.get(number, UNKNOWN_CARD)
    if card.behaviour == "decline":
        return decline(store, session, intent, card)
    if card.behaviour == "authenticate":
        return ask(store, session, intent, card)
    return charge(store, session, intent, card)


def confirm(store: Store, session_id: str, *, agreed: bool) -> Json:
    """Answer the confirmation that a card asked for."""
    session = open_session(store, session_id)
    intent = intent_of(store, session)
    if intent["status"] != "requires_action":
        raise ApiError("This payment does not wait for a confirmation.", code="payment_intent_unexpected_state")
    if not agreed:
        return decline(store, session, intent, NOT_CONFIRMED)
    return charge(store, session, intent, CARDS["4000002500003155"])


def open_session(store: Store, session_id: str) -> Json:
    session = store.locked("checkout.session", session_id)
    if session["status"] != "open":
        raise ApiError(f"This session is {session['status']}.", code="checkout_session_not_open")
    return session


def intent_of(store: Store, session: Json) -> Json:
    """The session's intent, created with the first attempt as Stripe does."""
    if session["payment_intent"]:
        return store.locked("payment_intent", session["payment_intent"])
    intent = new_intent(session, store.private(session["id"]), store.now)
    store.add(intent)
    events.emit(store, "payment_intent.created", intent)
    session["payment_intent"] = intent["id"]
    store.save(session)
    return intent


def new_intent(session: Json, asked: Json, now: int) -> Json:
    identifier = new_id("pi")
    return shaped(
        stripe.PaymentIntent,
        id=identifier,
        object="payment_intent",
        amount=session["amount_total"],
        amount_capturable=0,
        amount_received=0,
        capture_method="automatic_async",
        client_secret=f"{identifier}_secret_{new_id('s')[2:]}",
        confirmation_method="automatic",
        created=now,
        currency=session["currency"],
        description=asked.get("description"),
        livemode=False,
        metadata=asked.get("metadata", {}),
        payment_method_types=["card"],
        status="requires_payment_method",
        transfer_group=asked.get("transfer_group"),
    )


def ask(store: Store, session: Json, intent: Json, card: Card) -> Json:
    url = session["url"].replace("/c/pay/", "/c/confirm/")
    intent |= {
        "status": "requires_action",
        "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": session["url"]}},
    }
    store.save(intent)
    store.save(session)
    events.emit(store, "payment_intent.requires_action", intent)
    return intent


def decline(store: Store, session: Json, intent: Json, card: Card) -> Json:
    failed = new_charge(session, intent, card, store.now)
    store.add(failed, parent=intent["id"])
    error = {
        "type": "card_error",
        "code": card.code,
        "decline_code": card.decline_code or None,
        "message": card.message,
        "charge": failed["id"],
    }
    intent |= {
        "status": "requires_payment_method",
        "next_action": None,
        "last_payment_error": error,
        "latest_charge": failed["id"],
    }
    store.save(intent)
    store.save(session)
    events.emit(store, "charge.failed", failed)
    events.emit(store, "payment_intent.payment_failed", intent)
    return intent


def charge(store: Store, session: Json, intent: Json, card: Card) -> Json:
    paid = new_charge(session, intent, card, store.now)
    store.add(paid, parent=intent["id"])
    paid["balance_transaction"] = book(store, paid, kind="charge", at_once=card.available_at_once)["id"]
    store.save(paid)
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": paid["id"],
        "next_action": None,
        "last_payment_error": None,
        "payment_method": paid["payment_method"],
    }
    store.save(intent)
    events.emit(store, "charge.succeeded", paid)
    events.emit(store, "payment_intent.succeeded", intent)
    complete(store, session, intent)
    if card.disputed:
        disputes.open_on(store, paid["id"], inquiry=card.disputed == "inquiry")
    return intent


def complete(store: Store, session: Json, intent: Json | None) -> Json:
    session |= {"status": "complete", "url": None}
    if intent:
        session["payment_status"] = "paid"
    store.save(session)
    events.emit(store, "checkout.session.completed", session)
    return intent or {"status": "succeeded"}


def new_charge(session: Json, intent: Json, card: Card, now: int) -> Json:
    succeeded = card.behaviour != "decline"
    return shaped(
        stripe.Charge,
        id=new_id("ch"),
        object="charge",
        amount=intent["amount"],
        amount_captured=intent["amount"] if succeeded else 0,
        amount_refunded=0,
        billing_details={**dict.fromkeys(("address", "phone", "tax_id")), **who(session)},
        calculated_statement_descriptor="LABEL HUB SANDBOX",
        captured=succeeded,
        created=now,
        currency=intent["currency"],
        description=intent["description"],
        disputed=False,
        failure_code=None if succeeded else card.code,
        failure_message=None if succeeded else card.message,
        fraud_details={},
        livemode=False,
        metadata=intent["metadata"],
        outcome=outcome(card),
        paid=succeeded,
        payment_intent=intent["id"],
        payment_method=new_id("pm"),
        payment_method_details={"type": "card", "card": {"brand": card.brand, "last4": card.last4}},
        refunded=False,
        status="succeeded" if succeeded else "failed",
        transfer_group=intent["transfer_group"],
    )


def who(session: Json) -> dict[str, Any]:
    return {name: session["customer_details"][name] for name in ("email", "name")}


def outcome(card: Card) -> Json:
    if card.behaviour == "decline":
        reason = card.decline_code or card.code
        return {"type": "issuer_declined", "reason": reason, "network_status": "declined_by_network"}
    return {"type": "authorized", "reason": None, "network_status": "approved_by_network"}
