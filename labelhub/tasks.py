"""Chores of apps that stand below jobs."""

from accounts.services import people
from core import idempotency
from jobs.registry import periodic


@periodic("core.forget_answers", seconds=3600)
def forget_answers() -> None:
    idempotency.purge_expired()


@periodic("accounts.forget_sessions", seconds=24 * 3600)
def forget_sessions() -> None:
    people.forget_ended_sessions()
