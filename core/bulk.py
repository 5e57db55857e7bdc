"""Writing thousands of rows in one statement."""

import json
from collections.abc import Mapping, Sequence

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import RawSQL

Columns = Mapping[str, object]


def insert(model: type[Model], rows: Sequence[Columns], *, shared: Columns, new_only: bool = False) -> int:
    """Insert rows given as values by column, without the cost of an instance for each. Returns how many.

    `shared` has the values that are the same in every row. Together they name all columns but those that the database
    fills. With `new_only`, rows under a unique key that is taken are left out; otherwise they raise IntegrityError.
    """
    if not rows:
        return 0
    quote = connection.ops.quote_name
    table, columns = quote(model._meta.db_table), ", ".join(map(quote, {**shared, **rows[0]}))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns}"  # noqa: S608  # our own names
            f" FROM json_populate_recordset(json_populate_record(NULL::{table}, %s), %s)"
            + (" ON CONFLICT DO NOTHING" if new_only else ""),
            [json.dumps(shared, default=str), json.dumps(rows)],
        )
        return int(cursor.rowcount)


def among(keys: Sequence[int]) -> RawSQL:
    """For `pk__in=among(keys)`: one value for the database, where a list would be thousands."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])  # no input in the text
