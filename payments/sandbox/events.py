"""Events: what happened, kept for the API and queued for the webhook endpoint."""

import stripe

from payments.sandbox import config, lists
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import Json
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

CHANNEL = "stripe_sandbox_events"
BY_HAND: Json = {"id": None, "idempotency_key": None}


def emit(store: Store, kind: str, subject: Json, *, origin: Json = BY_HAND) -> Json:
    """Record an event about the object as it stands now and queue its delivery."""
    event = shaped(
        stripe.Event,
        id=new_id("evt"),
        object="event",
        api_version=stripe.api_version,
        created=store.now,
        data={"object": subject},
        livemode=False,
        pending_webhooks=1,
        request=origin,
        type=kind,
    )
    store.add(event)
    queue(store, event["id"])
    return event


def queue(store: Store, event_id: str) -> None:
    """Deliver as soon as this transaction is committed."""
    store.run(
        "insert into deliveries (event_id, url, due_at) values (%s, %s, %s)",
        [event_id, endpoint_url(store), store.now],
    )
    store.run(f"notify {CHANNEL}")


def endpoint_url(store: Store) -> str:
    turned: str = store.one("select webhook_url from controls")["webhook_url"]
    return turned or config.from_environment().webhook_url


@endpoint(stripe.params.EventListParams, *lists.LIST_PARAMS, "type", "types", "delivery_success")
def listing(call: Call) -> Json:
    types = call.params.get("types") or ([call.params["type"]] if "type" in call.params else None)
    return lists.page(
        call.store,
        "event",
        "/v1/events",
        call.params,
        types=types,
        delivered=call.params.get("delivery_success"),
    )


@endpoint(stripe.params.EventRetrieveParams)
def retrieve(call: Call, identifier: str) -> Json:
    return call.store.get("event", identifier)
