"""The bare side of S7: reads questions, answers with how long their SQL takes, a line of JSON each.

A question is {"address", "after", "page"}; the answer says `times` in milliseconds: `bare`, the statements that the
search sends, again and by themselves; and `plain`, the page as one ordinary query. For a page above 1 it says the
cursor where that page begins, or the last one, and whether it `is_there`.
"""

import json
import os
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelhub.settings")
django.setup()

import psycopg  # noqa: E402  # after Django is set up
from django.contrib.postgres.search import SearchQuery as SearchQueryText  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from marketplace.models import Offer  # noqa: E402
from marketplace.search import cursors  # noqa: E402
from marketplace.search.answer import PAGE_SIZE, answer  # noqa: E402
from marketplace.search.query import SearchQuery, from_address  # noqa: E402

MILLISECONDS = 1000


def main() -> None:
    connection.ensure_connection()
    bare = psycopg.connect(connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"] or None)
    for line in sys.stdin:
        asked = json.loads(line)
        query = from_address(QueryDict(asked["address"]))
        said = _beginning(query, asked["page"]) if asked["page"] > 1 else {"times": _times(bare, query, asked["after"])}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _times(bare: "psycopg.Connection[Any]", query: SearchQuery, after: str) -> dict[str, float]:
    with CaptureQueriesContext(connection) as captured:
        answer(query, after=after)
    statements = [found["sql"] for found in captured.captured_queries if found["sql"] not in {"BEGIN", "COMMIT"}]
    return {"bare": _timed(bare, statements), "plain": _timed(bare, [_plain(query, after)])}


def _timed(bare: "psycopg.Connection[Any]", statements: list[str]) -> float:
    began = time.perf_counter()
    for statement in statements:
        cursor = bare.execute(statement)
        if cursor.description:
            cursor.fetchall()
    bare.commit()
    return (time.perf_counter() - began) * MILLISECONDS


def _plain(query: SearchQuery, after: str) -> str:
    """The page's keys as one ordinary query, planned by PostgreSQL alone."""
    mark = cursors.decode(after, query.order)
    descending = query.order[0].startswith("-")
    columns = [name.lstrip("-") for name in query.order]
    beyond = f"AND ({', '.join(columns)}) {'<' if descending else '>'} (%s, %s)" if mark else ""
    order = ", ".join(f"{name} {'DESC' if descending else 'ASC'}" for name in columns)
    with connection.cursor() as cursor:
        sql = cursor.mogrify(
            f"""SELECT id FROM marketplace_offer WHERE state = 'listed' AND facets @> %s::varchar[]
                AND words @@ websearch_to_tsquery('english', %s) {beyond} ORDER BY {order} LIMIT {PAGE_SIZE + 1}""",  # noqa: S608
            [list(query.facets), query.text, *(mark or [])],
        )
    return str(sql)


def _beginning(query: SearchQuery, page: int) -> dict[str, Any]:
    wanted = (page - 1) * PAGE_SIZE
    matches = Offer.objects.filter(
        state="listed",
        facets__contains=list(query.facets),
        words=SearchQueryText(query.text, config="english", search_type="websearch"),
    )
    marks = list(matches.order_by(*query.order).values_list(*(name.lstrip("-") for name in query.order))[:wanted])
    place = wanted if len(marks) == wanted else (len(marks) - 1) // PAGE_SIZE * PAGE_SIZE
    after = cursors.encode(marks[place - 1]) if place > 0 else ""
    return {"cursor": after, "is_there": len(marks) == wanted}


if __name__ == "__main__":
    main()
