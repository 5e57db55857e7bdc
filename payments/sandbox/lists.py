"""Stripe's lists: newest first, paged by an object's id."""

from collections.abc import Iterable
from typing import Any

from psycopg.types.json import Jsonb

from payments.sandbox.errors import ApiError, Json
from payments.sandbox.store import Store

LIST_PARAMS = ("limit", "starting_after", "ending_before", "created")
LARGEST_PAGE = 100
SHOWN_INSIDE = 10
FOREVER = 2**62

NEWEST_FIRST = """
select data from objects
where kind = %(kind)s and data @> %(facts)s and account is not distinct from %(account)s
  and sequence < %(under)s and sequence > %(over)s
  and (data ->> 'created')::bigint between %(since)s and %(until)s
  and (%(types)s::text[] is null or data ->> 'type' = any(%(types)s))
  and (%(delivered)s::boolean is null or %(delivered)s = exists (
      select from deliveries where event_id = objects.id and delivered_at is not null))
order by sequence desc limit %(rows)s
"""
OLDEST_FIRST = NEWEST_FIRST.replace("sequence desc", "sequence asc")


def page(store: Store, kind: str, url: str, params: Json, facts: Iterable[str] = (), **more: Any) -> Json:
    """One page of a kind's objects; `facts` names the parameters that an object must equal."""
    limit = page_size(params)
    backwards = "ending_before" in params
    values = {
        "kind": kind,
        "facts": Jsonb({name: params[name] for name in facts if name in params}),
        "under": place(store, params.get("starting_after"), FOREVER),
        "over": place(store, params.get("ending_before"), 0),
        "rows": limit + 1,
        "account": None,
        "types": None,
        "delivered": None,
        **window(params.get("created", {})),
        **more,
    }
    found = store.connection.execute(OLDEST_FIRST if backwards else NEWEST_FIRST, values).fetchall()
    items = [row["data"] for row in found[:limit]]
    return listed(items[::-1] if backwards else items, url, has_more=len(found) > limit)


def listed(items: list[Json], url: str, *, has_more: bool) -> Json:
    return {"object": "list", "data": items, "has_more": has_more, "url": url}


def page_size(params: Json) -> int:
    limit = int(params.get("limit", 10))
    if not 1 <= limit <= LARGEST_PAGE:
        raise ApiError(f"This value must be between 1 and {LARGEST_PAGE}.", param="limit", kept=False)
    return limit


def place(store: Store, identifier: str | None, otherwise: int) -> int:
    if identifier is None:
        return otherwise
    rows = store.rows("select sequence from objects where id = %s", [identifier])
    if not rows:
        raise ApiError(f"No such object: '{identifier}'", code="resource_missing", param="starting_after", kept=False)
    return int(rows[0]["sequence"])


def window(created: Json | int) -> dict[str, int]:
    """The bounds, in Unix seconds and inclusive, of a `created` filter."""
    if isinstance(created, int):
        return {"since": created, "until": created}
    since = max(created.get("gte", 0), created.get("gt", -1) + 1)
    until = min(created.get("lte", FOREVER), created.get("lt", FOREVER) - 1)
    return {"since": since, "until": until}


def line_items(store: Store, session_id: str, *, limit: int, after: str | None = None) -> Json:
    rows = store.rows(
        "select data from objects where kind = 'item' and parent = %s and sequence > %s order by sequence limit %s",
        [session_id, place(store, after, 0), limit + 1],
    )
    items = [row["data"] for row in rows[:limit]]
    return listed(items, f"/v1/checkout/sessions/{session_id}/line_items", has_more=len(rows) > limit)
