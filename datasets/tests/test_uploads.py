"""Receiving files: streamed, counted, named by us, taken once."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Membership
from accounts.tests.factories import MembershipFactory, UserFactory
from core.errors import Conflict, Invalid, TooLarge
from core.storage import media_storage
from datasets import quota, staging, stored
from datasets.models import StorageUsage, Upload, UploadState
from datasets.services import uploads
from datasets.tests import pictures
from datasets.tests.factories import DatasetFactory, UploadFactory
from jobs.models import Job, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload() -> Upload:
    made: Upload = UploadFactory()
    return made


def send(upload: Upload, name: str, data: bytes = b"photo") -> str:
    upload.refresh_from_db()
    return uploads.receive_file(upload=upload, name=name, stream=io.BytesIO(data)).staging_key


def used(upload: Upload) -> int:
    return StorageUsage.objects.get(organization=upload.organization).byte_size


def test_a_file_is_kept_under_a_key_of_ours_and_counted(upload: Upload) -> None:
    key = send(upload, "holiday/me.jpg", b"12345")
    assert key.startswith(f"staging/{upload.public_id}/")
    assert "me" not in key.rpartition("/")[2]
    with stored.open_object(key) as file:
        assert file.read() == b"12345"
    upload.refresh_from_db()
    assert (upload.file_count, upload.byte_size, used(upload)) == (1, 5, 5)


def test_the_same_file_twice_is_one_file(upload: Upload) -> None:
    assert send(upload, "a.jpg") == send(upload, "./a.jpg")
    upload.refresh_from_db()
    assert (upload.file_count, used(upload)) == (1, 5)


def test_another_file_of_the_same_name_overwrites_nothing(upload: Upload) -> None:
    key = send(upload, "a.jpg", b"mine")
    with pytest.raises(Conflict, match="Another file of this name"):
        send(upload, "a.jpg", b"not mine")
    with stored.open_object(key) as file:
        assert file.read() == b"mine"


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "/etc/passwd", "C:\\a.jpg", "", "a\0b.jpg", "x" * 401, "a/.DS_Store"]
)
def test_names_that_cannot_be_used_are_refused(upload: Upload, name: str) -> None:
    with pytest.raises(Invalid):
        send(upload, name)


def test_a_file_past_its_limit_is_refused_and_leaves_nothing(upload: Upload, settings: object) -> None:
    settings.UPLOAD_MAX_FILE_BYTES = 10  # type: ignore[attr-defined]  # pytest-django's wrapper
    with pytest.raises(TooLarge, match="larger than"):
        send(upload, "a.jpg", b"x" * 11)
    with pytest.raises(TooLarge):
        uploads.receive_file(upload=upload, name="a.jpg", stream=io.BytesIO(b""), byte_size=11)
    assert send(upload, "a.zip", b"x" * 11)


def test_the_quota_holds_to_the_byte(upload: Upload, settings: object) -> None:
    settings.ORGANIZATION_QUOTA_BYTES = 10  # type: ignore[attr-defined]  # pytest-django's wrapper
    send(upload, "a.jpg", b"x" * 8)
    with pytest.raises(TooLarge) as refused:
        send(upload, "b.jpg", b"x" * 3)
    assert (refused.value.code, refused.value.data) == ("quota", {"left_bytes": 2})
    send(upload, "c.jpg", b"xx")
    assert quota.room_of(upload.organization) == 0
    assert len(media_storage().listdir(f"staging/{upload.public_id}")[1]) == 2


def test_a_miscount_is_mended_and_blocks_nothing(upload: Upload) -> None:
    send(upload, "a.jpg", b"12345")
    StorageUsage.objects.update(byte_size=3)
    quota.add(upload.organization_id, -5)
    assert used(upload) == 0
    quota.recount()
    assert used(upload) == 5


def test_starting_twice_starts_one_job(upload: Upload) -> None:
    actor = UserFactory()
    with pytest.raises(Invalid, match="at least one file"):
        uploads.start_upload(upload=upload, actor=actor)
    send(upload, "a.jpg")
    first = uploads.start_upload(upload=upload, actor=actor)
    assert uploads.start_upload(upload=upload, actor=actor).job == first.job
    assert Job.objects.filter(kind="datasets.ingest").count() == 1
    with pytest.raises(Conflict, match="no longer takes files"):
        send(upload, "b.jpg")


def test_cancelling_an_open_upload_gives_its_room_back(upload: Upload) -> None:
    key = send(upload, "a.jpg")
    uploads.cancel_upload(upload=upload, actor=UserFactory())
    assert staging.clear_ended() == 1
    assert used(upload) == 0
    assert not media_storage().exists(key)
    assert staging.clear_ended() == 0
    with pytest.raises(Conflict):
        uploads.start_upload(upload=upload, actor=UserFactory())


def test_cancelling_a_started_upload_stops_its_job_and_keeps_its_files(upload: Upload) -> None:
    send(upload, "a.jpg")
    uploads.start_upload(upload=upload, actor=UserFactory())
    stopped = uploads.cancel_upload(upload=upload, actor=UserFactory())
    assert stopped.state == UploadState.INGESTING
    assert Job.objects.get().state == JobState.CANCELLED
    assert staging.clear_ended() == 0


def test_forgotten_uploads_are_closed_and_busy_ones_are_not(upload: Upload) -> None:
    busy: Upload = UploadFactory()
    stopped: Upload = UploadFactory()
    send(stopped, "a.jpg")
    uploads.start_upload(upload=stopped, actor=UserFactory())
    uploads.cancel_upload(upload=stopped, actor=UserFactory())
    with time_machine.travel(timezone.now() + uploads.OPEN_FOR + timedelta(minutes=1)):
        send(busy, "a.jpg")
        assert uploads.expire_uploads() == 2
    states = {each.pk: each.state for each in Upload.objects.all()}
    assert states == {upload.pk: "cancelled", stopped.pk: "cancelled", busy.pk: "open"}


def test_a_format_that_does_not_exist_is_refused() -> None:
    seat: Membership = MembershipFactory()
    dataset = DatasetFactory(organization=seat.organization)
    with pytest.raises(Invalid):
        uploads.open_upload(dataset=dataset, actor=seat.user, format="pdf")
    assert uploads.open_upload(dataset=dataset, actor=seat.user, format="voc").state == UploadState.OPEN


def test_pictures_stream_through(upload: Upload) -> None:
    data = pictures.jpeg()
    key = send(upload, "a.jpg", data)
    with stored.open_object(key) as file:
        assert file.read() == data
