"""Failures on request, so that tests can see what the product does about them.

A fault is used up by requests to its path, where `*` stands for anything.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from payments.sandbox.errors import ApiError, insufficient_balance, restricted_account
from payments.sandbox.store import Row, Store, transaction

SLOW_SECONDS = 20


def broken(*, kept: bool = False) -> ApiError:
    return ApiError("The sandbox was asked to fail here.", status=500, kind="api_error", kept=kept)


def conflict() -> ApiError:
    message = "There is currently another in-progress request using this idempotency key."
    return ApiError(message, status=409, kind="idempotency_error", code="idempotency_key_in_use", kept=False)


def rate_limit() -> ApiError:
    return ApiError("Too many requests hit the API too quickly.", status=429, code="rate_limit", kept=False)


def declined() -> ApiError:
    extra = {"decline_code": "generic_decline"}
    return ApiError("Your card was declined.", status=402, kind="card_error", code="card_declined", extra=extra)


# Answers instead of the work. Idempotency keys remember those that say so (`kept`).
REFUSALS: dict[str, Callable[[], ApiError]] = {
    "error_before": broken,
    "error_kept": lambda: broken(kept=True),
    "slow_before": broken,
    "conflict": conflict,
    "rate_limit": rate_limit,
    "card_declined": declined,
    "balance_insufficient": insufficient_balance,
    "account_restricted": restricted_account,
}
KINDS = {
    "error_before": "Error 500, nothing done",
    "error_after": "Error 500 after the effect",
    "error_kept": "Error 500, remembered under its key",
    "slow_before": "Time-out, nothing done",
    "slow_after": "Time-out after the effect",
    "conflict": "Error 409, key in use",
    "rate_limit": "Error 429, too many requests",
    "card_declined": "Card declined",
    "balance_insufficient": "Insufficient balance",
    "account_restricted": "Account restricted",
}


@contextmanager
def injected(path: str) -> Iterator[ApiError | None]:
    """Yields the refusal to answer with instead of the work; fails or waits after the effect is stored."""
    fault = taken(path)
    kind, seconds = (fault["kind"], fault["seconds"]) if fault else ("", 0)
    if kind == "slow_before":
        time.sleep(seconds)
    yield REFUSALS[kind]() if kind in REFUSALS else None
    if kind == "slow_after":
        time.sleep(seconds)
    if kind == "error_after":
        raise broken()


def add(store: Store, *, path: str, kind: str, times: int = 1, seconds: float = SLOW_SECONDS) -> None:
    if kind not in KINDS or not path.startswith("/") or times < 1:
        raise ApiError(f"Name a path, how often, and one of {', '.join(KINDS)}.", param="kind", kept=False)
    store.run(
        "insert into faults (path, kind, remaining, seconds) values (%s, %s, %s, %s)", [path, kind, times, seconds]
    )


def taken(path: str) -> Row | None:
    with transaction() as store:
        rows = store.rows(
            "select * from faults where %s like replace(path, '*', '%%') order by id limit 1 for update", [path]
        )
        if not rows:
            return None
        use_up(store, rows[0]["id"], rows[0]["remaining"])
        return rows[0]


def use_up(store: Store, fault_id: int, remaining: int) -> None:
    if remaining > 1:
        store.run("update faults set remaining = remaining - 1 where id = %s", [fault_id])
    else:
        store.run("delete from faults where id = %s", [fault_id])
