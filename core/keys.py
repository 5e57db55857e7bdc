"""Foreign keys that are checked once per statement.

PostgreSQL checks its own row by row, which is half of the cost of writing ten thousand rows with six of them. For such
a table the fields have `db_constraint=False`, and a migration puts the same promise into triggers.
"""

from collections import defaultdict
from collections.abc import Mapping

from django.db.migrations import RunSQL


def keys_by_statement(table: str, keys: Mapping[str, str]) -> list[RunSQL]:
    """Keep foreign keys of `table`, given as column and the table it names, without a constraint for each."""
    columns: dict[str, list[str]] = defaultdict(list)
    for column, named in keys.items():
        columns[named].append(column)
    return [_added(table, keys), _changed(table, keys), *(_removed(table, named, columns[named]) for named in columns)]


def _added(table: str, keys: Mapping[str, str]) -> RunSQL:
    arguments = ", ".join(f"'{column}', '{named}'" for column, named in keys.items())
    return RunSQL(
        f"CREATE TRIGGER {table}_keys_exist AFTER INSERT ON {table} REFERENCING NEW TABLE AS added"
        f" FOR EACH STATEMENT EXECUTE FUNCTION core_keys_exist({arguments})",
        f"DROP TRIGGER {table}_keys_exist ON {table}",
    )


def _changed(table: str, keys: Mapping[str, str]) -> RunSQL:
    changed = " OR ".join(f"NEW.{column} <> coalesce(OLD.{column}, 0)" for column in keys)
    return RunSQL(
        f"CREATE TRIGGER {table}_keys_stay BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed})"
        " EXECUTE FUNCTION core_keys_stay()",
        f"DROP TRIGGER {table}_keys_stay ON {table}",
    )


def _removed(table: str, named: str, columns: list[str]) -> RunSQL:
    arguments = ", ".join(f"'{each}'" for each in (table, *columns))
    return RunSQL(
        f"CREATE TRIGGER {table}_unnamed AFTER DELETE OR UPDATE OF id ON {named} FOR EACH ROW"
        f" EXECUTE FUNCTION core_key_unnamed({arguments})",
        f"DROP TRIGGER {table}_unnamed ON {named}",
    )
