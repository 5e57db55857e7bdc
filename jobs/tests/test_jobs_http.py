import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, User
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from core.models import AuditEntry
from jobs import services
from jobs.models import Job, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat() -> Membership:
    return MembershipFactory(role=Role.EDITOR)


@pytest.fixture
def job(seat: Membership) -> Job:
    return services.start(
        kind="test.count", organization=seat.organization, actor=seat.user, arguments={"items": 1}, subject="dataset:x"
    )


def signed_in(seat: Membership) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client


def api(seat: Membership, job: Job, action: str = "") -> str:
    return f"/api/v1/organizations/{seat.organization.slug}/jobs/{job.public_id}/{action}"


def test_a_member_follows_and_cancels_a_job(seat: Membership, job: Job) -> None:
    client = signed_in(seat)
    assert client.get(api(seat, job)).json()["state"] == "queued"
    assert client.post(api(seat, job, "cancel/")).json()["state"] == "cancelled"
    assert client.post(api(seat, job, "cancel/")).status_code == 200
    assert client.post(api(seat, job, "retry/")).json()["state"] == "queued"


def test_a_job_that_has_not_ended_cannot_be_retried(seat: Membership, job: Job) -> None:
    refused = signed_in(seat).post(api(seat, job, "retry/"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "job_not_ended")


def test_strangers_find_nothing(seat: Membership, job: Job) -> None:
    client = signed_in(MembershipFactory())
    assert client.get(api(seat, job)).status_code == 404
    assert client.post(api(seat, job, "cancel/")).status_code == 404
    assert Client().get(api(seat, job)).status_code == 401


def test_a_viewer_sees_but_cannot_stop_what_others_started(seat: Membership, job: Job) -> None:
    viewer = MembershipFactory(organization=seat.organization, role=Role.VIEWER)
    client = signed_in(viewer)
    assert client.get(api(viewer, job)).status_code == 200
    assert client.post(api(viewer, job, "cancel/")).status_code == 404


def test_pages_show_progress_and_say_when_it_ended(seat: Membership, job: Job) -> None:
    client, base = signed_in(seat), f"/o/{seat.organization.slug}/jobs/"
    assert job.public_id in client.get(base).content.decode()
    running = client.get(f"{base}{job.public_id}/progress/")
    assert "HX-Trigger" not in running.headers
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    assert client.get(f"{base}{job.public_id}/progress/").headers["HX-Trigger"] == "job-ended"


def test_the_list_costs_the_same_for_many_jobs(seat: Membership, job: Job) -> None:
    client, address = signed_in(seat), f"/api/v1/organizations/{seat.organization.slug}/jobs/"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _number in range(12):
        services.start(kind="test.count", organization=seat.organization, actor=seat.user, arguments={"items": 1})
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)


def test_a_moderator_cancels_and_retries_a_job_from_its_page(job: Job, client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@hub.test"))
    page = f"/admin/jobs/job/{job.pk}/"
    for action, gone, state in (
        ("cancel_one", "retry_one", JobState.CANCELLED),
        ("retry_one", "cancel_one", JobState.QUEUED),
    ):
        shown = client.get(f"{page}change/").content.decode()
        assert f"{page}{action}/" in shown
        assert f"{page}{gone}/" not in shown
        client.post(f"{page}{action}/", {"_form_submitted": "on"})
        job.refresh_from_db()
        assert job.state == state
    assert AuditEntry.objects.filter(verb__in=["job.cancelled", "job.retried"]).count() == 2
