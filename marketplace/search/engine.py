"""Finding offers in time that hardly grows with the market.

PostgreSQL has two ways to answer «the first 24 matches in this order»: walk the order's index and skip what does
not match (fast when much matches), or take all matches from the inverted index and sort them (fast when little
does). It guesses between them from the terms' frequencies as if they were independent, and a wrong guess costs a
walk over the whole market. So the choice is made here: a random sixteenth of the offers, with an inverted index of
its own, says roughly how many match, and gives the counts of the facets when they are many.

Measured at 1,000,000 offers: benchmarks/search.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from marketplace.models import SAMPLE_SHARE, TEXT_LANGUAGE
from marketplace.search.query import SearchQuery

MANY_IN_SAMPLE = 150
"""From so many in the sample on (about 2,400 in all) matches are frequent enough to be met on a walk."""
MOST_SORTED = 4_000
MOST_COUNTED = 1_000
FIRST_WALK = 20_000

Mark = Sequence[Any]
Condition = tuple[str, list[Any]]


@dataclass(frozen=True)
class Found:
    """Primary keys of one page, and what is known of all matches. `about` says that counts are estimates;
    `capped` that there are more than `total`."""

    keys: list[int]
    more: bool
    total: int
    about: bool
    capped: bool
    facet_counts: Mapping[str, int]
    counts_about: bool


def find(query: SearchQuery, *, size: int, mark: Mark | None = None, backwards: bool = False) -> Found:
    """One page after (or before) `mark`, the order's values of the row at its edge. `more` looks in that direction."""
    with transaction.atomic(), connection.cursor() as cursor:
        probe = _probe(cursor, query)
        if probe.total < MANY_IN_SAMPLE:
            found = _from_inverted_index(cursor, query, size, mark, backwards)
            if found is not None:
                return found
        keys = _walk(cursor, query, size, mark, backwards, expected=probe.total * SAMPLE_SHARE)
    counts = {name: count * SAMPLE_SHARE for name, count in probe.counts.items()}
    capped = probe.total >= MOST_COUNTED
    return Found(keys[:size], len(keys) > size, probe.total * SAMPLE_SHARE, True, capped, counts, True)


@dataclass(frozen=True)
class _Counted:
    total: int
    counts: Mapping[str, int]


def _probe(cursor: CursorWrapper, query: SearchQuery) -> _Counted:
    where, values = _where(query)
    with _only(cursor, "bitmapscan"):
        cursor.execute(
            f"""WITH found AS MATERIALIZED (
                    SELECT facets FROM marketplace_offer WHERE draw = 0 AND {where} LIMIT {MOST_COUNTED}
                )
                SELECT name, count(*) FROM found, unnest(facets) AS name GROUP BY name
                UNION ALL SELECT '', count(*) FROM found""",  # noqa: S608  # conditions are our own text
            values,
        )
        counts = dict(cursor.fetchall())
    return _Counted(counts.pop(""), counts)


def _from_inverted_index(
    cursor: CursorWrapper, query: SearchQuery, size: int, mark: Mark | None, backwards: bool
) -> Found | None:
    """All matches, sorted; None when there are too many for that."""
    where, values = _where(query)
    beyond, marks = _beyond(query, mark, backwards)
    columns = ", ".join(name.lstrip("-") for name in query.order)
    with _only(cursor, "bitmapscan"):
        cursor.execute(
            f"""WITH found AS MATERIALIZED (
                    SELECT {columns}, facets FROM marketplace_offer WHERE {where} LIMIT {MOST_SORTED + 1}
                ), counted AS (SELECT facets FROM found LIMIT {MOST_COUNTED})
                SELECT (SELECT count(*) FROM found),
                       ARRAY(SELECT id FROM found WHERE {beyond} ORDER BY {_order(query, backwards)} LIMIT {size + 1}),
                       (SELECT jsonb_object_agg(name, n)::text FROM (
                            SELECT name, count(*) AS n FROM counted, unnest(facets) AS name GROUP BY name) AS names)
            """,  # noqa: S608  # conditions are our own text
            [*values, *marks],
        )
        total, keys, counts = cursor.fetchone()
    if total > MOST_SORTED:
        return None
    counted_all = total <= MOST_COUNTED
    exact: dict[str, int] = json.loads(counts or "{}")
    scaled = {name: count if counted_all else count * total // MOST_COUNTED for name, count in exact.items()}
    return Found(keys[:size], len(keys) > size, total, False, False, scaled, not counted_all)


def _walk(
    cursor: CursorWrapper, query: SearchQuery, size: int, mark: Mark | None, backwards: bool, expected: int
) -> list[int]:
    """Walk the order's index. Matches that all lie at its far end would make that long: after as many rows as there
    are matches, sorting them all is no dearer, so the cost is at most twice that of the better way."""
    where, values = _where(query)
    beyond, marks = _beyond(query, mark, backwards)
    order, steps = _order(query, backwards), max(FIRST_WALK, expected)
    with _only(cursor, "indexscan"):
        cursor.execute(
            f"""SELECT id FROM (
                    SELECT * FROM marketplace_offer WHERE state = 'listed' AND {beyond} ORDER BY {order} LIMIT {steps}
                ) AS walked WHERE {where} LIMIT {size + 1}""",  # noqa: S608  # conditions are our own text
            [*marks, *values],
        )
        keys = [key for (key,) in cursor.fetchall()]
    if len(keys) > size:
        return keys
    with _only(cursor, "bitmapscan"):
        cursor.execute(
            f"""SELECT id FROM marketplace_offer WHERE {where} AND {beyond}
                ORDER BY {order} LIMIT {size + 1}""",  # noqa: S608  # conditions are our own text
            [*values, *marks],
        )
        return [key for (key,) in cursor.fetchall()]


def _where(query: SearchQuery) -> Condition:
    parts: list[str] = ["state = 'listed'"]
    values: list[Any] = []
    if query.text:
        parts.append(f"words @@ websearch_to_tsquery('{TEXT_LANGUAGE}', %s)")
        values.append(query.text)
    if query.facets:
        parts.append("facets @> %s::varchar[]")
        values.append(list(query.facets))
    for column, low, high in (
        ("price_minor", query.min_price, query.max_price),
        ("item_count", query.min_images, query.max_images),
    ):
        for sign, bound in ((">=", low), ("<=", high)):
            if bound is not None:
                parts.append(f"{column} {sign} %s")
                values.append(bound)
    # Few are suspended: the list is made once, not joined row by row.
    parts.append("organization_id NOT IN (SELECT id FROM accounts_organization WHERE suspended_at IS NOT NULL)")
    return " AND ".join(parts), values


def _beyond(query: SearchQuery, mark: Mark | None, backwards: bool) -> Condition:
    if mark is None:
        return "TRUE", []
    columns = ", ".join(name.lstrip("-") for name in query.order)
    descending = query.order[0].startswith("-") != backwards
    places = ", ".join(["%s"] * len(mark))
    return f"({columns}) {'<' if descending else '>'} ({places})", list(mark)


def _order(query: SearchQuery, backwards: bool) -> str:
    """All columns of an order run the same way, so a row comparison can say what is beyond a mark."""
    descending = query.order[0].startswith("-") != backwards
    return ", ".join(f"{name.lstrip('-')} {'DESC' if descending else 'ASC'}" for name in query.order)


@contextmanager
def _only(cursor: CursorWrapper, kind: str) -> Iterator[None]:
    """Leave the planner one way to read the table: `bitmapscan` (inverted index) or `indexscan` (an order)."""
    others = [name for name in ("seqscan", "indexscan", "bitmapscan") if name != kind]
    cursor.execute("; ".join(f"SET LOCAL enable_{name} = off" for name in others))
    yield
    cursor.execute("; ".join(f"SET LOCAL enable_{name} = on" for name in others))


def says_nothing(text: str) -> bool:
    """Whether a text holds no word to search for, such as «the»."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT numnode(websearch_to_tsquery('{TEXT_LANGUAGE}', %s))", [text])
        (nodes,) = cursor.fetchone()
    return not nodes
