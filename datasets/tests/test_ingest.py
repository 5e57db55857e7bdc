"""The whole job on real files: what is kept, what is refused, and that a second run changes nothing."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
import pyvips
from django.db.models import QuerySet

from accounts.tests.factories import UserFactory
from core.storage import media_storage
from datasets import ingest, stored
from datasets.media_rows import ChunkWriter
from datasets.models import Annotation, Asset, Dataset, StorageUsage, Upload, UploadState
from datasets.services import uploads
from datasets.tests import pictures
from datasets.tests.factories import DatasetFactory, UploadFactory
from jobs import runner
from jobs import services as jobs
from jobs.models import Job, JobState

pytestmark = pytest.mark.django_db


def archive(members: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, data in members.items():
            writer.writestr(name, data)
    return packed.getvalue()


def filled(files: Mapping[str, bytes], dataset: Dataset | None = None) -> Upload:
    """A started upload of these files."""
    upload: Upload = UploadFactory(dataset=dataset or DatasetFactory())
    for name, data in files.items():
        uploads.receive_file(upload=upload, name=name, stream=io.BytesIO(data))
    return uploads.start_upload(upload=upload, actor=UserFactory())


def ingested(files: Mapping[str, bytes], dataset: Dataset | None = None) -> Upload:
    upload = filled(files, dataset)
    work(upload)
    upload.refresh_from_db()
    return upload


def work(upload: Upload) -> Job:
    assert upload.job_id is not None
    runner.run(upload.job_id)
    return Job.objects.get(pk=upload.job_id)


def jobs_of(upload: Upload) -> QuerySet[Job]:
    assert upload.job is not None
    return Job.objects.filter(pk=upload.job.pk)


def outcomes(upload: Upload) -> set[tuple[str, str, str]]:
    return set(upload.outcomes.values_list("name", "result", "code"))


def stored_files() -> set[str]:
    root = stored.local_path("")
    assert root is not None
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_images_are_stored_upright_clean_and_small_enough_to_show() -> None:
    marked = pictures.with_metadata(pictures.turned(pictures.photograph(), 6))
    upload = ingested({"trip/a.jpg": bytes(marked.jpegsave_buffer()), "trip/b.jpg": pictures.jpeg(seed=2)})
    assert upload.state == UploadState.DONE
    assert outcomes(upload) == {
        ("trip/a.jpg", "added", ""),
        ("trip/a.jpg", "warning", "turned_and_saved"),
        ("trip/b.jpg", "added", ""),
    }
    asset = Asset.objects.get(original_name="a.jpg")
    assert (asset.width, asset.height, asset.location) == (200, 300, {"latitude": -52.51, "longitude": 13.4})
    with stored.open_object(asset.storage_key) as file:
        data = file.read()
    assert pictures.OWNER.encode() not in data
    assert asset.byte_size == len(data)
    for key in (asset.thumbnail_key, asset.preview_key):
        with stored.open_object(key) as file:
            assert pyvips.Image.new_from_buffer(file.read(), "").width <= 200
    assert list(upload.dataset.items.order_by("name").values_list("name", flat=True)) == ["trip/a.jpg", "trip/b.jpg"]
    upload.dataset.refresh_from_db()
    assert upload.dataset.item_count == 2


def test_keys_say_nothing_of_the_owner() -> None:
    upload = ingested({"jane-producer.jpg": pictures.jpeg()})
    asset = Asset.objects.get()
    keys = " ".join([asset.storage_key, asset.thumbnail_key, asset.preview_key])
    for secret in (upload.organization.slug, upload.organization.public_id, "jane", upload.public_id):
        assert secret not in keys


def test_bad_files_are_reported_one_by_one_and_the_rest_kept() -> None:
    upload = ingested(
        {
            "good.jpg": pictures.jpeg(),
            "drawing.svg": b"<svg onload='alert(1)'/>",
            "bomb.png": pictures.png_bomb(65_000, 65_000),
            "cut.jpg": pictures.jpeg()[:500],
            "notes.pdf": b"%PDF-1.7",
            "readme.txt": b"hello",
            "notes.txt": b"none of it is a label",
            "nothing.zip": archive({}),
            "set/LICENSE": b"CC BY 4.0",
            "nothing.jpg": b"",
        }
    )
    assert outcomes(upload) == {
        ("good.jpg", "added", ""),
        ("drawing.svg", "rejected", "not_an_image"),
        ("bomb.png", "rejected", "too_many_pixels"),
        ("cut.jpg", "rejected", "damaged"),
        ("notes.pdf", "rejected", "not_an_image"),
        ("notes.txt", "rejected", "no_labels"),
        ("nothing.zip", "rejected", "empty_archive"),
        ("nothing.jpg", "rejected", "empty"),
    }
    assert upload.report["reasons"] == {
        "not_an_image": 2,
        "too_many_pixels": 1,
        "damaged": 1,
        "empty": 1,
        "no_labels": 1,
        "empty_archive": 1,
    }
    assert (upload.report["files"], upload.report["added"], upload.report["rejected"]) == (8, 1, 7)
    message = upload.outcomes.get(name="bomb.png").message
    assert message == "It has 4225.0 megapixels; the most is 50.0. Reduce it and upload it again."


def test_the_same_image_is_stored_once_and_linked_where_it_is_wanted() -> None:
    photo = pictures.jpeg()
    renamed = pictures.with_metadata(pyvips.Image.new_from_buffer(photo, ""))
    first = ingested({"a.jpg": photo, "copy.jpg": photo})
    assert outcomes(first) == {("a.jpg", "added", ""), ("copy.jpg", "duplicate", "already_here")}
    elsewhere = DatasetFactory(organization=first.organization)
    second = ingested({"b.jpg": photo}, elsewhere)
    assert outcomes(second) == {("b.jpg", "added", "stored_before")}
    assert second.report["added"] == 1
    assert Asset.objects.count() == 1
    elsewhere.refresh_from_db()
    assert elsewhere.item_count == 1
    third = ingested({"c.png": bytes(renamed.pngsave_buffer()), "d.png": bytes(renamed.pngsave_buffer(keep="none"))})
    assert {result for _name, result, _code in outcomes(third)} == {"added", "duplicate"}
    assert len([name for name in stored_files() if name.startswith("media/")]) >= Asset.objects.count() * 3


def test_another_organisation_s_image_is_none_of_ours() -> None:
    photo = pictures.jpeg()
    for _organization in range(2):
        assert {result for _name, result, _code in outcomes(ingested({"a.jpg": photo}))} == {"added"}
    assert Asset.objects.count() == 2


def test_a_zip_is_read_as_a_folder_and_its_traps_are_reported() -> None:
    packed = archive(
        {
            "set/train/a.jpg": pictures.jpeg(seed=3),
            "set/b.png": bytes(pictures.photograph(seed=4).pngsave_buffer()),
            "../slip.jpg": pictures.jpeg(seed=5),
            "bomb.jpg": bytes(30_000_000),
            "__MACOSX/._a.jpg": b"junk",
        }
    )
    upload = ingested({"photos.zip": packed, "broken.zip": b"PK\x03\x04 no more"})
    assert outcomes(upload) == {
        ("photos.zip/set/train/a.jpg", "added", ""),
        ("photos.zip/set/b.png", "added", ""),
        ("photos.zip/../slip.jpg", "rejected", "unsafe_name"),
        ("photos.zip/bomb.jpg", "rejected", "bomb"),
        ("broken.zip", "rejected", "bad_archive"),
    }
    assert dict(upload.dataset.items.values_list("name", "split")) == {"set/train/a.jpg": "train", "set/b.png": ""}


VOC = b"""<annotation><filename>a.jpg</filename><size><width>300</width><height>200</height></size>
<object><name>cat</name><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>50</xmax><ymax>60</ymax></bndbox></object>
</annotation>"""


@pytest.mark.parametrize("zipped", [True, False])
def test_labels_come_with_their_images(zipped: bool) -> None:
    files = {"JPEGImages/a.jpg": pictures.jpeg(), "Annotations/a.xml": VOC}
    upload = ingested({"voc.zip": archive(files)} if zipped else files)
    label = Annotation.objects.select_related("label_class").get()
    assert (label.label_class.name, label.asset) == ("cat", Asset.objects.get())
    assert upload.report["labels"][0]["labels"] == 1


def test_the_bytes_of_an_upload_go_when_it_is_read_and_only_the_media_counts() -> None:
    upload = ingested({"a.jpg": pictures.jpeg(), "b.jpg": b"no image"})
    assert not upload.files.exclude(staging_key="").exists()
    assert not [name for name in stored_files() if name.startswith(f"staging/{upload.public_id}/")]
    usage = StorageUsage.objects.get(organization=upload.organization)
    assert usage.byte_size == Asset.objects.get().byte_size


def test_a_second_run_changes_nothing() -> None:
    upload = ingested({"a.jpg": pictures.jpeg(), "b.jpg": b"no image"})
    before = (outcomes(upload), upload.report, stored_files())
    jobs_of(upload).update(state=JobState.QUEUED, tries_left=1)
    assert work(upload).result == upload.report
    upload.refresh_from_db()
    assert (outcomes(upload), upload.report, stored_files()) == before


class Killed(BaseException):
    """As good as kill -9: nothing of ours runs after it but the operating system's clean-up."""


@pytest.mark.parametrize("moment", ["before the rows", "after the rows"])
def test_a_job_killed_in_the_middle_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    files = {f"{seed}.jpg": pictures.jpeg(60, 40, seed) for seed in range(7)} | {"bad.jpg": b"no image"}
    upload = filled(files)
    monkeypatch.setattr(ingest, "CHUNK", 3)
    whole = ChunkWriter.write
    rows = ChunkWriter._write_rows
    chunks = iter(range(10))

    def write(self: ChunkWriter, reads: Any) -> None:
        whole(self, reads)
        if moment == "after the rows" and next(chunks) == 1:
            raise Killed

    def write_rows(self: ChunkWriter, reads: Any, assets: Any) -> None:
        if moment == "before the rows" and next(chunks) == 1:
            raise Killed
        rows(self, reads, assets)

    with monkeypatch.context() as patch:
        patch.setattr(ChunkWriter, "write", write)
        patch.setattr(ChunkWriter, "_write_rows", write_rows)
        with pytest.raises(Killed):
            work(upload)
    assert 0 < Asset.objects.count() < 7

    jobs_of(upload).update(heartbeat_at="2020-01-01T00:00Z")
    assert work(upload).state == JobState.SUCCEEDED
    upload.refresh_from_db()
    assert outcomes(upload) == {(name, "added", "") for name in files if name != "bad.jpg"} | {
        ("bad.jpg", "rejected", "not_an_image")
    }
    upload.dataset.refresh_from_db()
    assert upload.dataset.item_count == Asset.objects.count() == 7
    keys = {key for asset in Asset.objects.all() for key in (asset.storage_key, asset.thumbnail_key, asset.preview_key)}
    home = {key.rpartition("/")[0] for key in keys}
    assert {name for name in stored_files() if name.rpartition("/")[0] in home} == keys


def test_a_cancelled_job_keeps_what_it_read_and_can_go_on() -> None:
    upload = filled({"a.jpg": pictures.jpeg()})
    assert upload.job is not None
    jobs.cancel(job=upload.job, actor=UserFactory())
    jobs.retry(job=upload.job, actor=UserFactory())
    assert work(upload).state == JobState.SUCCEEDED


def test_an_upload_that_was_not_continued_in_time_says_so() -> None:
    upload = filled({"a.jpg": pictures.jpeg()})
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.CANCELLED)
    assert work(upload).error["code"] == "upload_closed"


def test_what_finds_no_room_is_reported(settings: Any) -> None:
    photos = [pictures.jpeg(seed=seed) for seed in range(3)]
    upload = filled({"a.zip": archive({f"{place}.jpg": photo for place, photo in enumerate(photos)})})
    settings.ORGANIZATION_QUOTA_BYTES = len(photos[0]) + 10
    work(upload)
    upload.refresh_from_db()
    assert (upload.report["added"], upload.report["reasons"]) == (1, {"quota": 2})
    usage = StorageUsage.objects.get(organization=upload.organization)
    assert usage.byte_size <= settings.ORGANIZATION_QUOTA_BYTES


def test_large_originals_get_a_view_to_label_on() -> None:
    ingested({"a.tif": bytes(pictures.photograph(500, 400).tiffsave_buffer())})
    asset = Asset.objects.get()
    assert asset.shown_key == asset.display_key
    assert media_storage().exists(asset.display_key)
