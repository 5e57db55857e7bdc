"""A job whose first attempt never ends, so that a test can kill its worker exactly in the middle."""

import threading

from django.db.models import QuerySet

from core import audit
from core.models import AuditEntry
from jobs.context import JobContext
from jobs.registry import job

STEPS = 6
STUCK_AT = 3


@job("test.chaos", title="Chaos", tries=3)
def climb(context: JobContext) -> dict[str, int]:
    """Each step leaves one mark, and is skipped when an earlier attempt left it."""
    for step in range(1, STEPS + 1):
        if not marks().filter(subject_id=context.job.public_id, verb=f"test.step-{step}").exists():
            audit.record(actor=None, verb=f"test.step-{step}", subject=context.job)
        context.progress(done=step, total=STUCK_AT if step == STUCK_AT else STEPS)
        if step == STUCK_AT and context.job.attempt == 1 and context.arguments["stuck"]:
            threading.Event().wait()
    return {"steps": STEPS}


def marks() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(verb__startswith="test.step-")
