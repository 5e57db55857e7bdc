"""What has to work before a web process may take visitors. Each check returns nothing, or raises."""

import secrets
import time
from collections.abc import Callable
from functools import cache

import redis
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from psycopg_pool import PoolTimeout

from core.storage import media_storage

FAILURES = (DatabaseError, PoolTimeout, redis.RedisError, OSError, BotoCoreError, ClientError, LookupError)


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@cache
def migrations() -> None:
    """Asked until it succeeds once: a running process never needs a migration it has already seen."""
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError(f"{len(missing)} migrations are not applied")


def broker() -> None:
    redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2).ping()


def storage() -> None:
    """Writes and removes one small object: a full disk or a read-only bucket shows here, not at an upload."""
    media = media_storage()
    media.delete(media.save(f"readyz/{secrets.token_hex(8)}", ContentFile(b"ok")))


CHECKS: dict[str, Callable[[], None]] = {
    "database": database,
    "migrations": migrations,
    "redis": broker,
    "storage": storage,
}


def run_all() -> dict[str, dict[str, object]]:
    return {name: _outcome(check) for name, check in CHECKS.items()}


def _outcome(check: Callable[[], None]) -> dict[str, object]:
    """The kind of failure only: addresses and user names in an error's text are not for everyone."""
    begun = time.perf_counter()
    try:
        check()
    except FAILURES as error:
        return {"ok": False, "error": str(error) if type(error) is LookupError else type(error).__name__}
    return {"ok": True, "milliseconds": round((time.perf_counter() - begun) * 1000, 1)}
