"""Takes a job by its id, runs its work once, and writes down how it ended."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core import request_id
from core.errors import DomainError, Unavailable
from jobs import registry
from jobs.context import Heartbeat, JobCancelled, JobContext, JobLost
from jobs.models import Job, JobState

logger = logging.getLogger(__name__)

MISSED_BEATS = 3


def stale_before() -> Any:
    """A running job whose heartbeat is older than this has lost its worker."""
    return timezone.now() - timedelta(seconds=MISSED_BEATS * settings.JOB_HEARTBEAT_SECONDS)


def claim(job_id: int) -> Job | None:
    """Make this worker the only holder, or None when the job is done, held or not yet due."""
    now = timezone.now()
    free = Q(state=JobState.QUEUED, not_before__lte=now) | Q(
        state=JobState.RUNNING, heartbeat_at__lt=stale_before(), tries_left__gt=0
    )
    with transaction.atomic():
        taken = Job.objects.filter(free, pk=job_id, tries_left__gt=0).update(
            state=JobState.RUNNING,
            attempt=F("attempt") + 1,
            tries_left=F("tries_left") - 1,
            heartbeat_at=now,
            started_at=now,
            error={},
        )
        return Job.objects.select_related("organization", "created_by").get(pk=job_id) if taken == 1 else None


def run(job_id: int) -> None:
    job = claim(job_id)
    if job is None:
        return
    request_id.begin(f"job-{job.public_id}")
    logger.info("%s started, attempt %s", job.kind, job.attempt)
    try:
        with Heartbeat(job):
            result = registry.kind(job.kind).run(JobContext(job))
        _finish(job, JobState.SUCCEEDED, result=result or {})
    except JobCancelled:
        _finish(job, JobState.CANCELLED)
    except JobLost:
        logger.warning("job %s was taken over by another worker", job.public_id)
    except Unavailable as absence:
        logger.warning("job %s was not answered in attempt %s: %s", job.public_id, job.attempt, absence.message)
        _retry_or_fail(job)
    except DomainError as refusal:
        _finish(job, JobState.FAILED, error={"code": refusal.code, "message": refusal.message, **refusal.data})
    except Exception:
        logger.exception("job %s failed in attempt %s", job.public_id, job.attempt)
        _retry_or_fail(job)


def _retry_or_fail(job: Job) -> None:
    if job.tries_left > 0:
        delay = timedelta(seconds=min(2**job.attempt, 300))
        _held(job).update(state=JobState.QUEUED, not_before=timezone.now() + delay, sent_at=None)
        return
    message = _("This stopped on our side after several tries. Retry it, or report the job's number to support.")
    _finish(job, JobState.FAILED, error={"code": "internal", "message": message})


def _finish(job: Job, state: JobState, **values: Any) -> None:
    _held(job).update(state=state, finished_at=timezone.now(), **values)
    logger.info("%s %s", job.kind, state)


def _held(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempt=job.attempt)
