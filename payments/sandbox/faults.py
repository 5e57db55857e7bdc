"""Failures on request, so that tests can see what the product does about them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from payments.sandbox.errors import ApiError
from payments.sandbox.store import Store, transaction

SLOW_SECONDS = 20


@contextmanager
def injected(path: str) -> Iterator[None]:
    """Fail before the work, after its effect is stored, or answer too late."""
    kind = taken(path)
    if kind == "error_before":
        raise broken()
    yield
    if kind == "error_after":
        raise broken()
    if kind == "slow_after":
        time.sleep(SLOW_SECONDS)


def taken(path: str) -> str | None:
    with transaction() as store:
        rows = store.rows(
            "select id, kind, remaining from faults where path = %s order by id limit 1 for update", [path]
        )
        if not rows:
            return None
        use_up(store, rows[0]["id"], rows[0]["remaining"])
        return str(rows[0]["kind"])


def use_up(store: Store, fault_id: int, remaining: int) -> None:
    if remaining > 1:
        store.run("update faults set remaining = remaining - 1 where id = %s", [fault_id])
    else:
        store.run("delete from faults where id = %s", [fault_id])


def broken() -> ApiError:
    return ApiError("The sandbox was asked to fail here.", status=500, kind="api_error", kept=False)
