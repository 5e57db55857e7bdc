"""Finding offers in time that hardly grows with the market.

PostgreSQL has two ways to answer «the first 24 matches in this order»: walk the order's index and skip what does
not match (fast when much matches), or take all matches from the inverted index and sort them (fast when little
does). It guesses between them from the terms' frequencies as if they were independent, and a wrong guess costs a
walk over the whole market. So the choice is made here, by what a random sixteenth of the offers says: its newest
few hundred settle what is frequent, its own inverted index counts the rest. It also gives the counts of the facets
when matches are too many to count.

Measured at 1,000,000 offers: benchmarks/search.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from marketplace.models import SAMPLE_SHARE, TEXT_LANGUAGE
from marketplace.search.query import SearchQuery

GLANCE = 500
"""How many of the sample's newest are looked through for frequent matches."""
FREQUENT = 50
"""From so many among those on, matches are met on any walk, and need no counting."""
MANY_IN_SAMPLE = 180
"""From so many in the whole sample on (about 2,900 in all) walking to a page beats sorting all matches."""
MOST_SORTED = 5_000
FEW_LEFT = 1_000
"""Rows that may be read and checked rather than looked up by one more list of the inverted index."""
MOST_COUNTED = 500
FIRST_WALK = 20_000

Mark = Sequence[Any]
Condition = tuple[str, list[Any]]


@dataclass(frozen=True)
class Found:
    """Primary keys of one page, and what is known of all matches; `about` and `counts_about` mark estimates."""

    keys: list[int]
    more: bool
    total: int
    about: bool
    facet_counts: Mapping[str, int]
    counts_about: bool


def find(query: SearchQuery, *, size: int, mark: Mark | None = None, backwards: bool = False) -> Found:
    """One page after (or before) `mark`, the order's values of the row at its edge. `more` looks in that direction."""
    page = _Page(query, size, mark, backwards)
    with transaction.atomic(), connection.cursor() as cursor:
        glance = _look(cursor, query)
        estimate = glance.estimate
        if glance.matching < FREQUENT:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
            if not glance.saw_all:
                estimate = _count_sample(cursor, query, glance)
            if estimate.matching < MANY_IN_SAMPLE:
                found = _from_inverted_index(cursor, page, glance.seek(query, SAMPLE_SHARE))
                if found is not None:
                    return found
            cursor.execute("SET LOCAL enable_indexscan = on")
        keys = _walk(cursor, page, expected=estimate.total)
    return Found(keys[:size], len(keys) > size, estimate.total, True, estimate.facet_counts, True)


@dataclass(frozen=True)
class _Page:
    query: SearchQuery
    size: int
    mark: Mark | None
    backwards: bool


@dataclass(frozen=True)
class _Estimate:
    """`matching` were seen in the sample; the rest speaks of the market."""

    matching: int
    total: int
    facet_counts: Mapping[str, int]


@dataclass(frozen=True)
class _Glance:
    """What the newest of the sample say: how many were seen, match, and meet each single condition."""

    seen: int
    matching: int
    meeting: Sequence[int]
    sampled: int
    facet_counts: str | None

    @property
    def saw_all(self) -> bool:
        return self.seen < GLANCE

    @property
    def estimate(self) -> _Estimate:
        scale = SAMPLE_SHARE * self.sampled / max(1, self.seen)
        return _Estimate(self.matching, round(self.matching * scale), _scaled(self.facet_counts, scale))

    def seek(self, query: SearchQuery, share: int) -> Condition:
        """The query's conditions, of which the inverted index is asked for the rarest only, until few rows are left.

        A frequent word's list of offers is as long as the market; checking some rows more is far cheaper.
        `share` is how many times as many rows are searched as are in the sample.
        """
        conditions = _conditions(query)
        ranked = sorted(zip(self.meeting, conditions, strict=True), key=lambda pair: pair[0])
        left, parts = float(self.sampled * share), []
        for count, (condition, value) in ranked:
            parts.append((condition if left > FEW_LEFT else f"({condition}) IS TRUE", value))
            left *= max(count, 0.5) / max(1, self.seen)
        return _all(query, parts)


def _look(cursor: CursorWrapper, query: SearchQuery) -> _Glance:
    conditions = _conditions(query)
    where, values = _all(query, conditions)
    meeting = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition, _value in conditions)
    cursor.execute(
        f"""WITH newest AS MATERIALIZED (
                SELECT state, words, facets, organization_id, price_minor, item_count FROM marketplace_offer
                WHERE draw = 0 AND state = 'listed' ORDER BY listed_at DESC LIMIT {GLANCE}
            ), found AS MATERIALIZED (SELECT facets FROM newest WHERE {where})
            SELECT count(*), (SELECT count(*) FROM found), ARRAY[{meeting}]::bigint[],
                   (SELECT reltuples FROM pg_class WHERE oid = 'offer_sample_newest'::regclass),
                   {_facet_counts("found")}
            FROM newest""",  # noqa: S608  # conditions are our own text
        [*values, *(value for _condition, value in conditions)],
    )
    seen, matching, counted, sampled, facet_counts = cursor.fetchone()
    return _Glance(seen, matching, counted, seen if seen < GLANCE else max(seen, int(sampled)), facet_counts)


def _count_sample(cursor: CursorWrapper, query: SearchQuery, glance: _Glance) -> _Estimate:
    """What the sample's inverted index says, which is more exact, unless even there matches are many."""
    where, values = glance.seek(query, 1)
    cursor.execute(
        f"""WITH found AS MATERIALIZED (
                SELECT facets FROM marketplace_offer WHERE draw = 0 AND {where} LIMIT {MOST_COUNTED}
            ) SELECT (SELECT count(*) FROM found), {_facet_counts("found")}""",  # noqa: S608  # conditions are our own text
        values,
    )
    matching, counts = cursor.fetchone()
    total = matching * SAMPLE_SHARE
    if matching == MOST_COUNTED:
        total = max(total, glance.estimate.total)
    return _Estimate(matching, total, _scaled(counts, total / max(1, matching)))


def _scaled(counts: str | None, scale: float) -> dict[str, int]:
    given: dict[str, int] = json.loads(counts or "{}")
    return {name: round(count * scale) for name, count in given.items()}


def _facet_counts(rows: str) -> str:
    """SQL for {facet: count} of some rows, as JSON text."""
    return f"""(SELECT jsonb_object_agg(name, n)::text FROM (
        SELECT name, count(*) AS n FROM (SELECT unnest(facets) AS name FROM {rows}) AS names GROUP BY name
    ) AS counts)"""  # noqa: S608


def _from_inverted_index(cursor: CursorWrapper, page: _Page, condition: Condition) -> Found | None:
    """All matches, sorted; None when there are too many for that."""
    where, values = condition
    beyond, marks = _beyond(page)
    columns = ", ".join(name.lstrip("-") for name in page.query.order)
    cursor.execute(
        f"""WITH found AS MATERIALIZED (
                SELECT {columns}, facets FROM marketplace_offer WHERE {where} LIMIT {MOST_SORTED + 1}
            ), counted AS (SELECT facets FROM found LIMIT {MOST_COUNTED})
            SELECT (SELECT count(*) FROM found),
                   ARRAY(SELECT id FROM found WHERE {beyond} ORDER BY {_order(page)} LIMIT {page.size + 1}),
                   {_facet_counts("counted")}""",  # noqa: S608  # conditions are our own text
        [*values, *marks],
    )
    total, keys, counts = cursor.fetchone()
    if total > MOST_SORTED:
        return None
    counted_all = total <= MOST_COUNTED
    facet_counts = _scaled(counts, 1 if counted_all else total / MOST_COUNTED)
    return Found(keys[: page.size], len(keys) > page.size, total, False, facet_counts, not counted_all)


def _walk(cursor: CursorWrapper, page: _Page, expected: int) -> list[int]:
    """Walk the order's index. Matches that all lie at its far end would make that long: after as many rows as there
    are matches, sorting them all is no dearer, so the cost is at most twice that of the better way."""
    where, values = _all(page.query, _conditions(page.query))
    beyond, marks = _beyond(page)
    order, steps, wanted = _order(page), max(FIRST_WALK, expected), page.size + 1
    cursor.execute(
        f"""SELECT id FROM (
                SELECT * FROM marketplace_offer WHERE state = 'listed' AND {beyond} ORDER BY {order} LIMIT {steps}
            ) AS walked WHERE {where} LIMIT {wanted}""",  # noqa: S608  # conditions are our own text
        [*marks, *values],
    )
    keys = [key for (key,) in cursor.fetchall()]
    if len(keys) == wanted:
        return keys
    cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    cursor.execute(
        f"""SELECT id FROM marketplace_offer WHERE {where} AND {beyond}
            ORDER BY {order} LIMIT {wanted}""",  # noqa: S608  # conditions are our own text
        [*values, *marks],
    )
    return [key for (key,) in cursor.fetchall()]


def _conditions(query: SearchQuery) -> list[tuple[str, Any]]:
    """What the inverted index can answer, one condition for each word list."""
    text = [(f"words @@ websearch_to_tsquery('{TEXT_LANGUAGE}', %s)", query.text)] if query.text else []
    return [*text, *(("facets @> %s::varchar[]", [name]) for name in query.facets)]


def _all(query: SearchQuery, conditions: Sequence[tuple[str, Any]]) -> Condition:
    """Those conditions, the query's ranges, and what holds for every search."""
    parts, values = ["state = 'listed'"], []
    for condition, value in [*conditions, *_ranges(query)]:
        parts.append(condition)
        values.append(value)
    # Few are suspended: the list is made once, not joined row by row.
    parts.append("organization_id NOT IN (SELECT id FROM accounts_organization WHERE suspended_at IS NOT NULL)")
    return " AND ".join(parts), values


def _ranges(query: SearchQuery) -> list[tuple[str, Any]]:
    bounds = (
        ("price_minor >= %s", query.min_price),
        ("price_minor <= %s", query.max_price),
        ("item_count >= %s", query.min_images),
        ("item_count <= %s", query.max_images),
    )
    return [(condition, bound) for condition, bound in bounds if bound is not None]


def _beyond(page: _Page) -> Condition:
    if page.mark is None:
        return "TRUE", []
    columns = ", ".join(name.lstrip("-") for name in page.query.order)
    places = ", ".join(["%s"] * len(page.mark))
    return f"({columns}) {'<' if _descends(page) else '>'} ({places})", list(page.mark)


def _order(page: _Page) -> str:
    """All columns of an order run the same way, so a row comparison can say what is beyond a mark."""
    direction = "DESC" if _descends(page) else "ASC"
    return ", ".join(f"{name.lstrip('-')} {direction}" for name in page.query.order)


def _descends(page: _Page) -> bool:
    return page.query.order[0].startswith("-") != page.backwards


def says_nothing(text: str) -> bool:
    """Whether a text holds no word to search for, such as «the»."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT numnode(websearch_to_tsquery('{TEXT_LANGUAGE}', %s))", [text])
        (nodes,) = cursor.fetchone()
    return not nodes
