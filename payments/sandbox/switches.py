"""What happens to events on their way: a network that repeats, delays, reorders and loses them.

A switch is used up by events of its type, where `*` stands for anything.
"""

from payments.sandbox import controls
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.store import Row, Store

NEVER = 2**62
KINDS = {
    "duplicate": "Deliver it several times",
    "twin": "Say it twice, as two events",
    "delay": "Deliver it later",
    "reorder": "Hold them, then deliver the last first",
    "drop": "Lose it",
}


def add(store: Store, *, kind: str, type: str = "*", times: int = 1, copies: int = 2, seconds: int = 60) -> None:  # noqa: A002  (Stripe's word)
    """`times` events are met: sent in `copies`, or late by `seconds`; `reorder` holds until `times` are together."""
    if kind not in KINDS or times < 1 or copies < 1:
        raise ApiError(f"Name how often, and one of {', '.join(KINDS)}.", param="kind", kept=False)
    store.run(
        "insert into delivery_switches (kind, type, remaining, copies, seconds) values (%s, %s, %s, %s, %s)",
        [kind, type or "*", times, copies, seconds],
    )


def queue(store: Store, event: Json) -> str:
    """Deliver once the transaction is committed, if the event's endpoint has an address; says which switch it met."""
    endpoint = "connect" if event["account"] else "platform"
    url = controls.endpoint_urls(store)[endpoint]
    switch = taken(store, event["type"])
    kind = str(switch["kind"]) if switch else ""
    if not url:
        store.save(event | {"pending_webhooks": 0})
        return kind
    for _ in range(switch["copies"] if switch and kind == "duplicate" else 1):
        place(store, event["id"], endpoint, url, switch)
    if switch and kind == "reorder" and switch["remaining"] == 1:
        release(store, switch["id"])
    return kind


def place(store: Store, event_id: str, endpoint: str, url: str, switch: Row | None) -> None:
    kind = switch["kind"] if switch else ""
    due_at = store.now + (switch["seconds"] if switch and kind == "delay" else 0)
    held_by = switch["id"] if switch and kind == "reorder" else None
    store.run(
        "insert into deliveries (event_id, endpoint, url, due_at, held_by, given_up, last_answer)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        [event_id, endpoint, url, NEVER if held_by else due_at, held_by, kind == "drop", "lost" * (kind == "drop")],
    )


def release(store: Store, switch_id: int) -> None:
    """Send what was held, the last first."""
    store.run(
        "update deliveries set due_at = %s, rank = -id, held_by = null where held_by = %s", [store.now, switch_id]
    )


def taken(store: Store, type: str) -> Row | None:  # noqa: A002  (Stripe's word)
    rows = store.rows(
        "select * from delivery_switches where %s like replace(type, '*', '%%') order by id limit 1 for update", [type]
    )
    if not rows:
        return None
    if rows[0]["remaining"] > 1:
        store.run("update delivery_switches set remaining = remaining - 1 where id = %s", [rows[0]["id"]])
    else:
        store.run("delete from delivery_switches where id = %s", [rows[0]["id"]])
    return rows[0]


def clear(store: Store) -> None:
    """Turn all switches off; what is held is sent."""
    store.run("delete from delivery_switches")
    store.run("update deliveries set due_at = %s, held_by = null where held_by is not null", [store.now])
