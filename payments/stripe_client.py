"""The one place that talks to Stripe, or to the sandbox that speaks its API."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

import stripe
from django.conf import settings
from django.utils.translation import gettext as _
from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

from core.errors import Unavailable
from payments.models import Checkout, Refund

logger = logging.getLogger(__name__)
stripe.enable_telemetry = False  # it would send the platform and an id kept in the home folder

CONNECT_SECONDS = 3.05
ANSWER_SECONDS = 15
RETRIES = 2
TOLERANCE_SECONDS = 300
MOST_FETCHED = 500
DEFINITIVE = (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError, stripe.PermissionError)

Event = dict[str, Any]


class Refused(Exception):
    """Stripe will not do this, and repeating it would not help. Message and code are Stripe's."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Forged(Exception):
    """A webhook that Stripe did not send to us, or not just now."""


@dataclass(frozen=True)
class SessionFacts:
    """What we go by in a Checkout Session, whether an event or a retrieve told us."""

    session_id: str
    checkout_id: str
    status: str
    payment_status: str
    amount: int
    currency: str
    url: str
    payment_intent: str
    livemode: bool

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "SessionFacts":
        return cls(
            session_id=data["id"],
            checkout_id=data.get("client_reference_id") or "",
            status=data.get("status") or "",
            payment_status=data.get("payment_status") or "",
            amount=data.get("amount_total") or 0,
            currency=(data.get("currency") or "").upper(),
            url=data.get("url") or "",
            payment_intent=data.get("payment_intent") or "",
            livemode=bool(data.get("livemode")),
        )


@dataclass(frozen=True)
class RefundFacts:
    """What we go by in a refund. `own_id` is the public id of our row, empty when it was made at Stripe by hand."""

    stripe_id: str
    own_id: str
    payment_intent: str
    amount: int
    currency: str
    status: str
    failure: str

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "RefundFacts":
        return cls(
            stripe_id=data["id"],
            own_id=(data.get("metadata") or {}).get("refund", ""),
            payment_intent=data.get("payment_intent") or "",
            amount=data.get("amount") or 0,
            currency=(data.get("currency") or "").upper(),
            status=data.get("status") or "",
            failure=data.get("failure_reason") or "",
        )

    @property
    def failed(self) -> bool:
        return self.status in {"failed", "canceled"}


def is_live() -> bool:
    """Whether our key moves real money."""
    return settings.STRIPE_SECRET_KEY.startswith(("sk_live", "rk_live"))


def create_session(checkout: Checkout) -> SessionFacts:
    """Open the hosted page. Every attempt for one checkout sends the same key and the same content."""
    with answers():
        session = _sessions().create(_session_params(checkout), {"idempotency_key": checkout.idempotency_key})
    return SessionFacts.read(session.to_dict())


def retrieve_session(session_id: str) -> SessionFacts:
    with answers():
        return SessionFacts.read(_sessions().retrieve(session_id).to_dict())


def expire_session(session_id: str) -> SessionFacts:
    with answers():
        session = _sessions().expire(session_id, options={"idempotency_key": f"expire-{session_id}"})
    return SessionFacts.read(session.to_dict())


def find_session(checkout: Checkout) -> SessionFacts | None:
    """The session that an attempt with an unknown outcome did open after all, if it did."""
    since = int(checkout.created_at.timestamp()) - 60
    with answers():
        found = _sessions().list({"created": {"gte": since}, "limit": 100}).auto_paging_iter()
        for session in islice(found, MOST_FETCHED):
            if session.client_reference_id == checkout.public_id:
                return SessionFacts.read(session.to_dict())
    return None


def find_session_of(payment_intent: str) -> SessionFacts | None:
    """The session that was paid by an intent."""
    with answers():
        found = _sessions().list({"payment_intent": payment_intent, "limit": 1})
    return SessionFacts.read(found.data[0].to_dict()) if found.data else None


def create_refund(refund: Refund) -> RefundFacts:
    """Return money. Every attempt for one refund sends the same key and the same content."""
    facts = {"refund": refund.public_id, "checkout": refund.checkout.public_id, "subject": refund.subject}
    with answers():
        made = _refunds().create(
            {
                "payment_intent": refund.checkout.payment_intent,
                "amount": refund.amount,
                "reason": "requested_by_customer",
                "metadata": facts,
            },
            {"idempotency_key": refund.idempotency_key},
        )
    return RefundFacts.read(made.to_dict())


def retrieve_refund(stripe_id: str) -> RefundFacts:
    with answers():
        return RefundFacts.read(_refunds().retrieve(stripe_id).to_dict())


def refunds_of(payment_intent: str) -> list[RefundFacts]:
    """All refunds of a payment, oldest first."""
    with answers():
        found = _refunds().list({"payment_intent": payment_intent, "limit": 100}).auto_paging_iter()
        return [RefundFacts.read(refund.to_dict()) for refund in islice(found, MOST_FETCHED)][::-1]


def undelivered_events(*, since: datetime, types: list[str]) -> list[Event]:
    """Events whose delivery to us failed or is still due, oldest first."""
    with answers():
        found = client().v1.events.list(
            {"delivery_success": False, "created": {"gte": int(since.timestamp())}, "types": types, "limit": 100}
        )
        return [event.to_dict() for event in islice(found.auto_paging_iter(), MOST_FETCHED)][::-1]


def verified_event(body: bytes, signature: str, secret: str) -> Event:
    """The event in a webhook's body. Raises Forged unless Stripe signed it, for us, in the last minutes."""
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
        event: Event = json.loads(body)
        shaped = bool(event["id"] and event["type"] and event["created"] and event["data"]["object"])
    except (stripe.SignatureVerificationError, ValueError, LookupError, TypeError) as error:
        raise Forged(str(error)) from error
    if not shaped or bool(event.get("livemode")) != is_live():
        raise Forged("The event is of another mode than our key.")
    return event


def _sessions() -> stripe.checkout.SessionService:
    return client().v1.checkout.sessions


def _refunds() -> stripe.RefundService:
    return client().v1.refunds


def client() -> stripe.StripeClient:
    return _build(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@cache
def _build(key: str, api_base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base} if api_base else None,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, ANSWER_SECONDS)),
    )


def _session_params(checkout: Checkout) -> SessionCreateParams:
    facts = {"checkout": checkout.public_id, "purpose": checkout.purpose, "reference": checkout.reference}
    params: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": checkout.public_id,
        "line_items": [_line_item(line, checkout.currency) for line in checkout.lines],
        "success_url": checkout.success_url,
        "cancel_url": checkout.cancel_url,
        "expires_at": int(checkout.expires_at.timestamp()),
        "metadata": facts,
        "payment_intent_data": {"metadata": facts, "transfer_group": checkout.public_id},
    }
    if checkout.created_by is not None:
        params["customer_email"] = checkout.created_by.email
    return params


def _line_item(line: Mapping[str, Any], currency: str) -> SessionCreateParamsLineItem:
    return {
        "quantity": line["quantity"],
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": line["unit_amount"],
            "product_data": {"name": line["name"]},
        },
    }


@contextmanager
def answers() -> Iterator[None]:
    try:
        yield
    except DEFINITIVE as error:
        raise Refused(error.user_message or str(error), error.code or "") from error
    except stripe.StripeError as error:
        logger.warning("Stripe did not answer as hoped: %s", error)
        raise Unavailable(
            _("The payment service does not answer. Nothing was charged. Try again in a minute."),
            code="payments_unavailable",
        ) from error
