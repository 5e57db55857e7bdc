from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from core.errors import Conflict
from jobs import runner, services
from jobs.models import Job, JobState
from jobs.tests.kinds import effects

pytestmark = pytest.mark.django_db


def start(kind: str, **arguments: Any) -> Job:
    return services.start(kind=f"test.{kind}", organization=None, actor=None, arguments=arguments)


def run(job: Job) -> Job:
    runner.run(job.pk)
    job.refresh_from_db()
    return job


def test_a_job_runs_reports_and_succeeds() -> None:
    job = run(start("count", items=3))
    assert (job.state, job.progress_done, job.progress_total) == (JobState.SUCCEEDED, 3, 3)
    assert job.result == {"counted": 3}
    assert job.finished_at is not None


def test_a_second_message_for_the_same_job_does_nothing() -> None:
    job = start("count", items=2)
    run(job)
    run(job)
    assert effects == [2]


def test_a_dedupe_key_holds_while_the_job_is_active() -> None:
    first = services.start(kind="test.count", organization=None, actor=None, arguments={"items": 1}, dedupe_key="k")
    second = services.start(kind="test.count", organization=None, actor=None, arguments={"items": 1}, dedupe_key="k")
    assert first == second
    run(first)
    third = services.start(kind="test.count", organization=None, actor=None, arguments={"items": 1}, dedupe_key="k")
    assert third != first


def test_a_refusal_is_final_and_says_why() -> None:
    job = run(start("refuse"))
    assert job.state == JobState.FAILED
    assert job.error == {"code": "empty", "message": "The file is empty. Choose another."}


@pytest.mark.parametrize("kind", ["crash", "unanswered"])
def test_an_unexpected_error_or_a_missing_answer_is_tried_again_then_final(kind: str) -> None:
    job = start(kind)
    for attempt in range(1, 4):
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
        run(job)
        assert len(effects) == attempt
    assert (job.state, job.error["code"]) == (JobState.FAILED, "internal")


def test_a_cancelled_job_stops_at_its_next_step() -> None:
    job = run(start("cancelled_halfway"))
    assert job.state == JobState.CANCELLED
    assert effects == []


def test_a_waiting_job_is_cancelled_at_once_and_never_runs() -> None:
    job = start("count", items=1)
    services.cancel(job=job, actor=UserFactory())
    assert run(job).state == JobState.CANCELLED
    assert effects == []


def test_a_worker_that_lost_its_job_writes_nothing_more() -> None:
    job = run(start("taken_over_halfway"))
    assert job.state == JobState.RUNNING
    assert effects == []


def test_a_failed_job_can_be_retried_and_a_finished_one_cannot() -> None:
    failed = run(start("refuse"))
    services.retry(job=failed, actor=UserFactory())
    failed.refresh_from_db()
    assert (failed.state, failed.error) == (JobState.QUEUED, {})
    with pytest.raises(Conflict):
        services.retry(job=run(start("count", items=1)), actor=UserFactory())


def test_the_sweep_finds_what_lost_its_message_or_its_worker() -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    unsent, unheard, abandoned, working = (start("count", items=1) for _ in range(4))
    Job.objects.filter(pk=unheard.pk).update(sent_at=long_ago)
    Job.objects.filter(pk=abandoned.pk).update(state=JobState.RUNNING, heartbeat_at=long_ago)
    Job.objects.filter(pk=working.pk).update(state=JobState.RUNNING, heartbeat_at=timezone.now())
    assert services.sweep() == 3
    assert run(abandoned).state == JobState.SUCCEEDED
    assert run(unsent).state == JobState.SUCCEEDED
    assert run(working).state == JobState.RUNNING


def test_the_sweep_fails_a_job_that_keeps_losing_its_worker() -> None:
    job = start("count", items=1)
    long_ago = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, heartbeat_at=long_ago, tries_left=0)
    services.sweep()
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == (JobState.FAILED, "interrupted")
