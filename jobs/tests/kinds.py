"""Kinds of job that only tests start."""

from typing import Any

from core.errors import Invalid, Unavailable
from jobs.context import JobContext
from jobs.models import Job, JobState
from jobs.registry import job

effects: list[int] = []


def count(context: JobContext) -> dict[str, Any]:
    for done in range(1, context.arguments["items"] + 1):
        context.progress(done=done, total=context.arguments["items"])
    effects.append(context.arguments["items"])
    return {"counted": context.arguments["items"]}


def refuse(context: JobContext) -> None:
    raise Invalid("The file is empty. Choose another.", code="empty")


def crash(context: JobContext) -> None:
    effects.append(1)
    raise ZeroDivisionError


def unanswered(context: JobContext) -> None:
    effects.append(1)
    raise Unavailable("The bank does not answer.")


def cancelled_halfway(context: JobContext) -> None:
    context.progress(done=1, total=3)
    Job.objects.filter(pk=context.job.pk).update(cancel_requested_at=context.job.created_at)
    context.progress(done=3, total=3)
    effects.append(1)


def taken_over_halfway(context: JobContext) -> None:
    Job.objects.filter(pk=context.job.pk).update(attempt=context.job.attempt + 1, state=JobState.RUNNING)
    context.progress(done=2, total=2)
    effects.append(1)


def declare() -> None:
    for run in (count, refuse, crash, unanswered, cancelled_halfway, taken_over_halfway):
        job(f"test.{run.__name__}", title=run.__name__)(run)
