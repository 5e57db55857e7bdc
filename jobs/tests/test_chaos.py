"""Real workers, a real scheduler and a real Redis: kill -9 the worker in the middle, empty Redis, lose nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.db import connection
from django.utils import timezone

from jobs import services
from jobs.models import Job, JobState
from jobs.tests.chaos import STEPS, STUCK_AT, marks

PATIENCE_SECONDS = 240
Launch = Callable[[str], "subprocess.Popen[bytes]"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


@pytest.fixture
def launch(redis_url: str, tmp_path: Path) -> Iterator[Launch]:
    """Starts `worker` or `beat` on the test's database, with a short heartbeat and sweep."""
    started: list[subprocess.Popen[bytes]] = []
    options = {
        "worker": ("--include", "jobs.tests.chaos", "--concurrency", "1", "--without-mingle", "--without-gossip"),
        "beat": ("--schedule", str(tmp_path / "beat"), "--pidfile", ""),
    }
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "labelhub.settings",
        "DATABASE_URL": "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format_map(connection.settings_dict),
        "REDIS_URL": redis_url,
        "LABELHUB_VAR_DIR": str(tmp_path),
        "LABELHUB_JOB_HEARTBEAT_SECONDS": "1",
        "LABELHUB_JOB_SWEEP_SECONDS": "1",
    }

    def start(program: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "celery", "-A", "labelhub", "--quiet", program, *options[program]]
        started.append(subprocess.Popen(command, env=env, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        kill(process)


@pytest.fixture(autouse=True)
def _real_broker(redis_url: str) -> Iterator[None]:
    before = current_app.conf["broker_url"]
    current_app.conf["broker_url"] = redis_url
    yield
    current_app.conf["broker_url"] = before


def kill(process: "subprocess.Popen[bytes]") -> None:
    """The worker and what it forked, with no chance to say goodbye."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def start(*, stuck: bool) -> Job:
    return services.start(kind="test.chaos", organization=None, actor=None, arguments={"stuck": stuck})


def until(job: Job, holds: Callable[[Job], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(job):
        assert time.monotonic() < deadline, f"{job}: {job.progress_done} done, attempt {job.attempt}, {job.error}"
        time.sleep(0.1)
        job.refresh_from_db()


def test_a_job_finishes_once_though_its_worker_is_killed_and_redis_emptied(launch: Launch, redis_url: str) -> None:
    launch("beat")
    first = launch("worker")
    caught = start(stuck=True)
    until(caught, lambda job: job.progress_done == STUCK_AT)
    waiting = start(stuck=False)

    kill(first)
    redis.Redis.from_url(redis_url).flushall()
    # As if the minute had passed after which an unheard message is sent again.
    Job.objects.filter(pk=waiting.pk).update(sent_at=timezone.now() - timedelta(minutes=2))
    launch("worker")

    for job in (caught, waiting):
        until(job, lambda job: job.state == JobState.SUCCEEDED)
        assert job.result == {"steps": STEPS}
        assert marks().filter(subject_id=job.public_id).count() == STEPS
    assert (caught.attempt, waiting.attempt) == (2, 1)
