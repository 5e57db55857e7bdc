"""What kinds of background work there are. Each app declares its own in `tasks.py`, once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from celery import current_app

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from jobs.context import JobContext

Work = Callable[["JobContext"], dict[str, Any] | None]
Tick = TypeVar("Tick", bound=Callable[[], object])

QUEUES = ("default", "media", "labels", "exports", "payments", "mail")


@dataclass(frozen=True)
class JobKind:
    name: str
    title: "StrOrPromise"
    run: Work
    queue: str
    tries: int


_kinds: dict[str, JobKind] = {}
_ticks: dict[str, float] = {}


def job(name: str, *, title: "StrOrPromise", queue: str = "default", tries: int = 3) -> Callable[[Work], Work]:
    """Declare durable work. It must be safe to run twice: a killed worker's job starts over elsewhere.

    `tries` counts starts before an unexpected error is final; a DomainError is final at once.
    """
    if queue not in QUEUES:
        raise ValueError(f"{queue} is not one of {QUEUES}")

    def declare(run: Work) -> Work:
        if name in _kinds:
            raise ValueError(f"two kinds of job are named {name}")
        _kinds[name] = JobKind(name, title, run, queue, tries)
        return run

    return declare


def kind(name: str) -> JobKind:
    return _kinds[name]


def kinds() -> dict[str, JobKind]:
    return dict(_kinds)


def periodic(name: str, *, seconds: float) -> Callable[[Tick], Tick]:
    """Declare a short chore for the scheduler. It must find its own work and be safe to skip or repeat."""

    def declare(run: Tick) -> Tick:
        current_app.task(name=name, ignore_result=True)(run)
        _ticks[name] = seconds
        return run

    return declare


def schedule() -> dict[str, dict[str, Any]]:
    """Celery's beat schedule. A tick not picked up before the next one is due is dropped."""
    return {
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}} for name, seconds in _ticks.items()
    }
