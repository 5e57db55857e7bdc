"""Starting, cancelling, retrying and re-sending jobs."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from kombu.exceptions import OperationalError

from accounts.models import Organization, User
from core import audit
from core.errors import Conflict
from jobs import registry
from jobs.models import Job, JobState
from jobs.runner import stale_before

audit.phrases(
    {
        "job.cancelled": _l("cancelled a job"),
        "job.retried": _l("started a job again"),
    }
)

logger = logging.getLogger(__name__)

RESEND_AFTER = timedelta(seconds=60)
SWEEP_LIMIT = 500


def start(
    *,
    kind: str,
    organization: Organization | None,
    actor: User | None,
    arguments: Mapping[str, Any],
    subject: str = "",
    dedupe_key: str = "",
    delay: timedelta = timedelta(0),
) -> Job:
    """Write the job in the caller's transaction; a worker hears of it on commit.

    With `dedupe_key`, an active job of the same key is returned instead of a second one.
    """
    declared = registry.kind(kind)
    job = Job(
        kind=kind,
        organization=organization,
        created_by=actor,
        arguments=dict(arguments),
        subject=subject,
        dedupe_key=dedupe_key,
        tries_left=declared.tries,
        not_before=timezone.now() + delay,
    )
    try:
        with transaction.atomic():
            job.save()
    except IntegrityError:
        return Job.objects.active().get(dedupe_key=dedupe_key)
    if not delay:
        transaction.on_commit(partial(send, job.pk, declared.queue))
    return job


def send(job_id: int, queue: str) -> None:
    """Tell a worker. When the broker is away nothing is lost: the sweep tells it again."""
    try:
        current_app.send_task("jobs.run", kwargs={"job_id": job_id}, queue=queue, retry=False)
    except OperationalError:
        logger.warning("the broker is away; job %s waits for the sweep", job_id)
        return
    Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(sent_at=timezone.now())


def cancel(*, job: Job, actor: User) -> None:
    """A waiting job ends at once; a running one stops at its next step. Both are safe to ask twice."""
    with transaction.atomic():
        now = timezone.now()
        waiting = Job.objects.filter(pk=job.pk, state=JobState.QUEUED)
        if not waiting.update(state=JobState.CANCELLED, finished_at=now, cancel_requested_at=now):
            Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel_requested_at=now)
        audit.record(actor=actor, organization=job.organization, verb="job.cancelled", subject=job)


def retry(*, job: Job, actor: User) -> None:
    """Queue a failed or cancelled job again, with all its tries."""
    declared = registry.kind(job.kind)
    with transaction.atomic():
        moved = Job.objects.filter(pk=job.pk, state__in=[JobState.FAILED, JobState.CANCELLED]).update(
            state=JobState.QUEUED,
            tries_left=declared.tries,
            not_before=timezone.now(),
            finished_at=None,
            cancel_requested_at=None,
            error={},
        )
        if moved != 1:
            raise Conflict(_("Only a job that failed or was cancelled can be retried."), code="job_not_ended")
        audit.record(actor=actor, organization=job.organization, verb="job.retried", subject=job)
        transaction.on_commit(partial(send, job.pk, declared.queue))


def sweep() -> int:
    """Re-send jobs whose message or worker was lost; fail those that keep losing it. Returns how many."""
    now = timezone.now()
    unheard = Q(sent_at=None) | Q(sent_at__lt=now - RESEND_AFTER)
    abandoned = Q(state=JobState.RUNNING, heartbeat_at__lt=stale_before())
    message = _("The worker stopped again and again while this ran. Retry it, or report the job's number to support.")
    Job.objects.filter(abandoned, tries_left=0).update(
        state=JobState.FAILED, finished_at=now, error={"code": "interrupted", "message": message}
    )
    due = Job.objects.filter(Q(unheard, state=JobState.QUEUED, not_before__lte=now) | abandoned, tries_left__gt=0)
    lost = list(due.order_by("not_before").values_list("pk", "kind")[:SWEEP_LIMIT])
    for job_id, kind in lost:
        send(job_id, registry.kind(kind).queue)
    return len(lost)


def purge(*, older_than: timedelta = timedelta(days=90)) -> int:
    """Remove ended jobs nobody looks back at."""
    ended = Job.objects.exclude(state__in=[JobState.QUEUED, JobState.RUNNING])
    return ended.filter(finished_at__lt=timezone.now() - older_than).delete()[0]
