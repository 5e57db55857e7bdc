"""The pages of datasets, uploads and media, as people with different roles meet them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory, UserFactory
from core import audit
from datasets.models import Asset, Dataset, Upload, UploadOutcome
from datasets.services import moderation
from datasets.tests import pictures
from datasets.tests.factories import AssetFactory, DatasetFactory, DatasetItemFactory, UploadFactory
from jobs import runner
from jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat() -> Membership:
    found: Membership = MembershipFactory(role=Role.EDITOR, organization__slug="heron")
    return found


@pytest.fixture
def page(seat: Membership) -> Client:
    return _client(seat)


@pytest.fixture
def dataset(seat: Membership) -> Dataset:
    found: Dataset = DatasetFactory(
        organization=seat.organization, name="Blood cells", slug="blood-cells", item_count=1
    )
    return found


def _client(seat: Membership) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client


def _text(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return str(response.content.decode())


def test_a_dataset_is_made_listed_changed_and_deleted(page: Client, seat: Membership) -> None:
    assert "No datasets yet" in _text(page, "/o/heron/datasets/")
    assert page.post("/o/heron/datasets/new/", {"name": ""}).status_code == 400
    made = page.post("/o/heron/datasets/new/", {"name": "Blood cells", "classes": "RBC\n\ncell, white\n"})
    assert made["Location"] == "/o/heron/datasets/blood-cells/upload/"
    assert Dataset.objects.get().schema.classes.count() == 2
    assert "Blood cells" in _text(page, "/o/heron/datasets/")
    page.post("/o/heron/datasets/blood-cells/edit/", {"name": "Cells", "description": "Smears"})
    assert "Smears" in _text(page, "/o/heron/datasets/blood-cells/edit/")
    page.post("/o/heron/datasets/blood-cells/delete/")
    assert "No datasets yet" in _text(page, "/o/heron/datasets/")


def test_files_arrive_by_a_plain_form(page: Client, dataset: Dataset) -> None:
    files = [SimpleUploadedFile("a.jpg", pictures.jpeg()), SimpleUploadedFile("b.pdf", b"%PDF-1.7")]
    sent = page.post("/o/heron/datasets/blood-cells/upload/", {"files": files, "format": ""})
    report = sent["Location"]
    assert "Waiting for a free worker" in _text(page, report)
    runner.run(Job.objects.get().pk)
    text = _text(page, report)
    assert "1 of 2 files could not be kept. 1 is not an image." in text
    assert "PDF files are not taken" in _text(page, f"{report}?result=rejected")
    lines = b"".join(page.get(f"{report}outcomes.csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]  # a stream
    assert lines[:2] == ["name,result,code,message", "a.jpg,added,,"]
    assert "a.jpg" in _text(page, "/o/heron/media/")


def test_a_form_without_files_or_with_a_bad_name_says_so(page: Client, dataset: Dataset) -> None:
    twice = [SimpleUploadedFile("a.jpg", b"one"), SimpleUploadedFile("a.jpg", b"two")]
    answer = page.post("/o/heron/datasets/blood-cells/upload/", {"files": twice}, follow=True)
    assert "a.jpg: Another file of this name" in answer.content.decode()
    none = page.post("/o/heron/datasets/blood-cells/upload/", {})
    assert "Choose at least one file." in none.content.decode()
    assert Upload.objects.get().state == "ingesting"


def test_an_unfinished_upload_is_offered_again(page: Client, seat: Membership, dataset: Dataset) -> None:
    upload: Upload = UploadFactory(dataset=dataset, created_by=seat.user)
    url = f"/o/heron/uploads/{upload.public_id}/"
    api = f"/api/v1/organizations/heron/uploads/{upload.public_id}/files/?name=a.jpg"
    assert page.put(api, pictures.jpeg(), content_type="image/jpeg").status_code == 201
    assert url in _text(page, "/o/heron/datasets/blood-cells/upload/")
    assert "has arrived" in _text(page, url)
    assert page.post(f"{url}start/")["Location"] == url
    other: Upload = UploadFactory(dataset=dataset, created_by=seat.user)
    cancelled = page.post(f"/o/heron/uploads/{other.public_id}/cancel/", follow=True)
    assert "The upload is cancelled" in cancelled.content.decode()


def test_a_spreadsheet_takes_no_formula_from_a_file_name(page: Client, dataset: Dataset) -> None:
    upload: Upload = UploadFactory(dataset=dataset, state="done")
    UploadOutcome.objects.create(upload=upload, name='=HYPERLINK("x")', result="added")
    stream: Any = page.get(f"/o/heron/uploads/{upload.public_id}/outcomes.csv")
    assert b"'=HYPERLINK" in b"".join(stream.streaming_content)


def test_the_library_filters_and_deletes(page: Client, seat: Membership, dataset: Dataset) -> None:
    kept: Asset = DatasetItemFactory(dataset=dataset, asset__original_name="street.jpg").asset
    loose: Asset = AssetFactory(organization=seat.organization, original_name="loose.jpg")
    assert "loose.jpg" not in _text(page, f"/o/heron/media/?dataset={dataset.public_id}")
    chips = _text(page, "/o/heron/media/?state=unused&q=loose&since=nonsense")
    assert "loose.jpg" in chips
    assert "In no dataset" in chips
    assert "Nothing matches" in _text(page, "/o/heron/media/?q=cathedral")
    facts = _text(page, f"/o/heron/media/{kept.public_id}/")
    assert "Blood cells" in facts
    assert page.get(f"/o/heron/media/{kept.public_id}/download/").status_code == 302
    both = page.post("/o/heron/media/delete/", {"selected": [kept.public_id, loose.public_id, "x"]}, follow=True)
    assert "2 images are deleted." in both.content.decode()
    assert "No media yet" in _text(page, "/o/heron/media/")


def test_time_and_place_are_shown_to_the_owner_as_private(page: Client, seat: Membership) -> None:
    asset: Asset = AssetFactory(organization=seat.organization, location={"latitude": 52.5, "longitude": 13.4})
    text = _text(page, f"/o/heron/media/{asset.public_id}/")
    assert "52.5, 13.4" in text
    assert "Only your organisation sees them." in text
    page.post(f"/o/heron/media/{asset.public_id}/delete/")
    _text(page, f"/o/heron/media/{asset.public_id}/", 404)


def test_strangers_find_nothing_and_viewers_only_look(seat: Membership, dataset: Dataset) -> None:
    upload: Upload = UploadFactory(dataset=dataset)
    asset: Asset = AssetFactory(organization=seat.organization)
    look = [
        "datasets/",
        f"uploads/{upload.public_id}/",
        f"uploads/{upload.public_id}/outcomes.csv",
        "media/",
        f"media/{asset.public_id}/",
        f"media/{asset.public_id}/download/",
    ]
    change = ["datasets/new/", "datasets/blood-cells/edit/", "datasets/blood-cells/upload/"]
    act = [
        "datasets/blood-cells/delete/",
        f"uploads/{upload.public_id}/start/",
        f"uploads/{upload.public_id}/cancel/",
        "media/delete/",
        f"media/{asset.public_id}/delete/",
    ]
    viewer = _client(MembershipFactory(organization=seat.organization, role=Role.VIEWER))
    stranger_seat = MembershipFactory(organization__slug="stranger")
    stranger = _client(stranger_seat)
    for path in look:
        assert viewer.get(f"/o/heron/{path}").status_code in {200, 302}, path
        assert stranger.get(f"/o/heron/{path}").status_code == 404, path
        if path.count("/") > 1:
            assert stranger.get(f"/o/stranger/{path}").status_code == 404, path
    for path in change:
        assert viewer.get(f"/o/heron/{path}").status_code == 403, path
    for path in [*change, *act]:
        assert viewer.post(f"/o/heron/{path}").status_code == 403, path
        assert stranger.post(f"/o/heron/{path}").status_code == 404, path


def test_pages_ask_the_database_as_often_for_many_rows(page: Client, seat: Membership, dataset: Dataset) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            _text(page, path)
        return len(captured)

    paths = ["/o/heron/datasets/", "/o/heron/media/"]
    DatasetItemFactory(dataset=dataset)
    queries(paths[0])
    few = [queries(path) for path in paths]
    for other in DatasetFactory.create_batch(4, organization=seat.organization):
        DatasetItemFactory.create_batch(4, dataset=other)
    assert [queries(path) for path in paths] == few


def test_a_moderator_hides_an_image_and_shows_it_again(seat: Membership) -> None:
    moderator = UserFactory(is_staff=True, is_superuser=True)
    asset: Asset = AssetFactory(organization=seat.organization)
    client = Client()
    client.force_login(moderator)
    for path in ("asset/", f"asset/{asset.pk}/change/", "dataset/", "upload/"):
        assert client.get(f"/admin/datasets/{path}").status_code == 200, path
    for _twice in range(2):
        moderation.hide_asset(asset=asset, actor=moderator, reason="Not theirs")
    asset.refresh_from_db()
    assert asset.moderation == "hidden"
    moderation.show_asset(asset=asset, actor=moderator)
    verbs = [entry.verb for entry in audit.trail_about(subject=asset).order_by("id")]
    assert verbs == ["asset.hidden", "asset.shown"]
