"""What running work sees of its job: arguments, progress, and whether it should stop."""

import threading
import time
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db import connection
from django.utils import timezone

from jobs.models import Job, JobState

PROGRESS_WRITE_SECONDS = 0.5


class JobCancelled(Exception):
    """A person asked to stop; raised from `progress` at the next step."""


class JobLost(Exception):
    """Another worker holds the job now; this one must write nothing more."""


class JobContext:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.arguments: dict[str, Any] = job.arguments
        self._attempt = job.attempt
        self._written_at = 0.0

    def progress(self, *, done: int, total: int | None = None, message: str = "") -> None:
        """Say how far the work is. Call it per item: writes are limited to two a second.

        Raises JobCancelled when asked to stop and JobLost when another worker took over.
        """
        now = time.monotonic()
        if now - self._written_at < PROGRESS_WRITE_SECONDS and done != total:
            return
        self._written_at = now
        self._write(progress_done=done, progress_total=total, message=message[:200])

    def _write(self, **values: Any) -> None:
        held = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, attempt=self._attempt)
        if held.update(heartbeat_at=timezone.now(), **values) != 1:
            raise JobLost(str(self.job))
        if held.exclude(cancel_requested_at=None).exists():
            raise JobCancelled(str(self.job))


class Heartbeat:
    """Keeps a running job's heartbeat fresh from a thread, through steps that report no progress."""

    def __init__(self, job: Job) -> None:
        self._held = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempt=job.attempt)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name=f"heartbeat-{job.pk}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(settings.JOB_HEARTBEAT_SECONDS):
                if self._held.update(heartbeat_at=timezone.now()) != 1:
                    return
        finally:
            connection.close()
