"""Where the sandbox keeps its state: JSON objects in a PostgreSQL schema of its own."""

import secrets
import string
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from payments.sandbox import config
from payments.sandbox.errors import Json, missing_resource

Row = dict[str, Any]
ALPHABET = string.ascii_letters + string.digits
SCHEMA_LOCK = 7_237_401
OWNED: LiteralString = "select data from objects where kind = %s and id = %s and account is not distinct from %s"
OWNED_LOCKED: LiteralString = f"{OWNED} for update"


class Store:
    """One database transaction's view of the sandbox."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection

    @cached_property
    def now(self) -> int:
        """The sandbox's time in Unix seconds; tests may have moved it ahead."""
        row = self.one("select extract(epoch from clock_timestamp())::bigint + ahead as now from controls")
        return int(row["now"])

    def add(
        self, data: Json, *, parent: str | None = None, private: Json | None = None, account: str | None = None
    ) -> Json:
        """Store a new object; `private` holds what Stripe keeps to itself, `account` who owns it."""
        self.run(
            "insert into objects (id, kind, parent, data, private, account) values (%s, %s, %s, %s, %s, %s)",
            [data["id"], data["object"], parent, Jsonb(data), Jsonb(private or {}), account],
        )
        return data

    def save(self, data: Json) -> Json:
        self.run("update objects set data = %s where id = %s", [Jsonb(data), data["id"]])
        return data

    def get(self, kind: str, identifier: str, account: str | None = None) -> Json:
        """An object of the platform, or of a connected account."""
        return self._object(OWNED, kind, identifier, account)

    def locked(self, kind: str, identifier: str, account: str | None = None) -> Json:
        return self._object(OWNED_LOCKED, kind, identifier, account)

    def find(self, identifier: str) -> Json | None:
        rows = self.rows("select data from objects where id = %s", [identifier])
        return rows[0]["data"] if rows else None

    def matching(self, kind: str, facts: Mapping[str, Any]) -> list[Json]:
        """Objects of a kind whose JSON contains the facts, newest first."""
        rows = self.rows(
            "select data from objects where kind = %s and data @> %s order by sequence desc",
            [kind, Jsonb(dict(facts))],
        )
        return [row["data"] for row in rows]

    def private(self, identifier: str) -> Json:
        data: Json = self.one("select private from objects where id = %s", [identifier])["private"]
        return data

    def keep(self, identifier: str, facts: Json) -> None:
        """Add to what is private about an object."""
        self.run("update objects set private = private || %s where id = %s", [Jsonb(facts), identifier])

    def lock_name(self, name: str) -> None:
        """Wait for a name and hold it until the transaction ends."""
        self.run("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])

    def lock_key(self, key: str) -> bool:
        """Hold a name until the transaction ends; False when another transaction holds it."""
        row = self.one("select pg_try_advisory_xact_lock(hashtextextended(%s, 0)) as held", [key])
        return bool(row["held"])

    def rows(self, sql: LiteralString, values: list[Any] | None = None) -> list[Row]:
        return self.connection.execute(sql, values).fetchall()

    def one(self, sql: LiteralString, values: list[Any] | None = None) -> Row:
        return self.rows(sql, values)[0]

    def run(self, sql: LiteralString, values: list[Any] | None = None) -> int:
        return self.connection.execute(sql, values).rowcount

    def _object(self, sql: LiteralString, kind: str, identifier: str, account: str | None) -> Json:
        rows = self.rows(sql, [kind, identifier, account])
        if not rows:
            raise missing_resource(kind, identifier)
        data: Json = rows[0]["data"]
        return data


_pool: ConnectionPool[psycopg.Connection[Row]] | None = None
_pool_lock = threading.Lock()


@contextmanager
def transaction() -> Iterator[Store]:
    with pool().connection() as connection:
        yield Store(connection)


def pool() -> ConnectionPool[psycopg.Connection[Row]]:
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = ConnectionPool(
                config.from_environment().database_url,
                connection_class=psycopg.Connection[Row],
                kwargs={"row_factory": dict_row, "options": "-c search_path=stripe_sandbox"},
                min_size=1,
                max_size=6,
                open=True,
            )
        return _pool


def create_schema(database_url: str) -> None:
    """Create what is missing. Two sandboxes starting at once take turns."""
    statements = Path(__file__).with_name("schema.sql").read_bytes()
    with psycopg.connect(database_url) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [SCHEMA_LOCK])
        connection.execute(statements)


def new_id(prefix: str) -> str:
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(24))}"
