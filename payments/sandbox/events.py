"""Events: what happened, kept for the API and queued for the webhook endpoint.

What happens to the platform goes to its endpoint. What happens to a connected account carries
`account` and goes to the connect endpoint, which has a secret of its own; without an address
for it the event is only kept. As with Stripe, `/v1/events` lists the events of a connected
account to requests that name it in the `Stripe-Account` header.
"""

import stripe

from payments.sandbox import lists, switches
from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import Json
from payments.sandbox.shapes import shaped
from payments.sandbox.store import Store, new_id

CHANNEL = "stripe_sandbox_events"
BY_HAND: Json = {"id": None, "idempotency_key": None}


def emit(store: Store, kind: str, subject: Json, *, origin: Json = BY_HAND, account: str | None = None) -> Json:
    """Record an event about the object as it stands now and queue its delivery."""
    event = shaped(
        stripe.Event,
        id=new_id("evt"),
        object="event",
        account=account,
        api_version=stripe.api_version,
        created=store.now,
        data={"object": subject},
        livemode=False,
        pending_webhooks=1,
        request=origin,
        type=kind,
    )
    store.add(event, account=account)
    if send(store, event) == "twin":
        twin = event | {"id": new_id("evt")}
        store.add(twin, account=account)
        send(store, twin)
    return event


def send(store: Store, event: Json) -> str:
    """Wake the deliverer when this transaction is committed; says which switch the event met."""
    met = switches.queue(store, event)
    store.run(f"notify {CHANNEL}")
    return met


@endpoint(stripe.params.EventListParams, *lists.LIST_PARAMS, "type", "types", "delivery_success", connected=True)
def listing(call: Call) -> Json:
    types = call.params.get("types") or ([call.params["type"]] if "type" in call.params else None)
    return lists.page(
        call.store,
        "event",
        "/v1/events",
        call.params,
        account=call.account,
        types=types,
        delivered=call.params.get("delivery_success"),
    )


@endpoint(stripe.params.EventRetrieveParams, connected=True)
def retrieve(call: Call, identifier: str) -> Json:
    return call.store.get("event", identifier, call.account)
