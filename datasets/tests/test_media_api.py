"""Datasets, uploads and media over the API: done, invalid, a stranger, a role that may only look, twice."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory, UserFactory
from core.storage import media_storage
from datasets.models import Annotation, Asset, Dataset, ManifestItem, StorageUsage, Upload
from datasets.services import assets as asset_services
from datasets.services import versions
from datasets.tests import pictures
from datasets.tests.factories import (
    AnnotationFactory,
    AssetFactory,
    DatasetFactory,
    DatasetItemFactory,
    UploadFactory,
)
from jobs import runner

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat() -> Membership:
    found: Membership = MembershipFactory(role=Role.EDITOR)
    return found


@pytest.fixture
def api(seat: Membership) -> Client:
    return _client(seat)


@pytest.fixture
def dataset(seat: Membership) -> Dataset:
    found: Dataset = DatasetFactory(organization=seat.organization)
    return found


def _client(seat: Membership) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client


def _url(organization: Any, path: str) -> str:
    return f"/api/v1/organizations/{organization.slug}/{path}"


def _post(client: Client, url: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(url, body or {}, content_type="application/json")


def test_a_dataset_from_its_making_to_its_end(api: Client, seat: Membership) -> None:
    made = _post(api, _url(seat.organization, "datasets/"), {"name": "Blood cells", "classes": ["RBC", "cell, white"]})
    assert (made.status_code, made.json()["slug"]) == (201, "blood-cells")
    again = _post(api, _url(seat.organization, "datasets/"), {"name": "Blood cells"})
    assert again.json()["slug"] == "blood-cells-2"
    url = _url(seat.organization, f"datasets/{made.json()['id']}/")
    classes = Dataset.objects.get(slug="blood-cells").schema.classes
    assert list(classes.values_list("name", flat=True)) == ["RBC", "cell, white"]
    assert api.patch(url, {"name": "Cells"}, content_type="application/json").json()["slug"] == "blood-cells"
    assert [each["name"] for each in api.get(_url(seat.organization, "datasets/")).json()["results"]] == [
        "Blood cells",
        "Cells",
    ]
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == api.delete(url).status_code == 404


def test_a_name_is_needed_and_a_released_dataset_stays(api: Client, seat: Membership, dataset: Dataset) -> None:
    refused = _post(api, _url(seat.organization, "datasets/"), {"name": " "})
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["name"])
    assert Dataset.objects.count() == 1
    _released(dataset)
    refused = api.delete(_url(seat.organization, f"datasets/{dataset.public_id}/"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "has_releases")


def test_an_upload_from_files_to_its_report(api: Client, seat: Membership, dataset: Dataset) -> None:
    opened = _post(api, _url(seat.organization, f"datasets/{dataset.public_id}/uploads/"))
    url = _url(seat.organization, f"uploads/{opened.json()['id']}/")
    put = api.put(f"{url}files/?name=trip%2Fa.jpg", pictures.jpeg(), content_type="image/jpeg")
    assert (put.status_code, put.json()["name"]) == (201, "trip/a.jpg")
    form = {"file": SimpleUploadedFile("b.png", b"no image"), "name": "trip/b.png"}
    assert api.post(f"{url}files/", form).status_code == 201
    assert api.put(f"{url}files/?name=empty.txt", b"", content_type="text/plain").status_code == 201
    received = [file["name"] for file in api.get(f"{url}files/").json()["results"]]
    assert received == ["trip/a.jpg", "trip/b.png", "empty.txt"]

    started = _post(api, f"{url}start/").json()
    assert (started["state"], started["job"]["state"]) == ("ingesting", "queued")
    assert _post(api, f"{url}start/").json()["job"]["id"] == started["job"]["id"]
    runner.run(Upload.objects.get().job.pk)  # type: ignore[union-attr]  # it was just started
    ended = api.get(url).json()
    assert (ended["state"], ended["report"]["added"], ended["report"]["rejected"]) == ("done", 1, 2)
    rejected = api.get(f"{url}outcomes/?result=rejected").json()["results"]
    reasons = {line["name"]: line["code"] for line in rejected}
    assert reasons == {"trip/b.png": "not_an_image", "empty.txt": "no_labels"}
    listed = api.get(_url(seat.organization, f"datasets/{dataset.public_id}/uploads/")).json()["results"]
    assert [each["id"] for each in listed] == [ended["id"]]


def test_what_an_upload_refuses(api: Client, seat: Membership, dataset: Dataset, settings: Any) -> None:
    url = _url(seat.organization, f"datasets/{dataset.public_id}/uploads/")
    assert _post(api, url, {"format": "pdf"}).status_code == 400
    upload: Upload = UploadFactory(dataset=dataset)
    url = _url(seat.organization, f"uploads/{upload.public_id}/")
    assert _post(api, f"{url}start/").json()["error"]["code"] == "no_files"
    assert api.put(f"{url}files/?name=../a.jpg", b"x", content_type="image/jpeg").status_code == 400
    assert api.put(f"{url}files/", b"x", content_type="image/jpeg").json()["error"]["fields"].keys() == {"name"}
    assert api.post(f"{url}files/", {"name": "a"}).json()["error"]["fields"].keys() == {"file"}
    api.put(f"{url}files/?name=a.jpg", b"one", content_type="image/jpeg")
    taken = api.put(f"{url}files/?name=a.jpg", b"two", content_type="image/jpeg")
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "name_taken")
    settings.ORGANIZATION_QUOTA_BYTES = 5
    full = api.put(f"{url}files/?name=b.jpg", b"four", content_type="image/jpeg")
    assert (full.status_code, full.json()["error"]["code"]) == (413, "quota")
    assert _post(api, f"{url}cancel/").json()["state"] == "cancelled"
    assert _post(api, f"{url}start/").status_code == 409
    assert api.get(f"{url}outcomes/?result=odd").status_code == 400


def test_strangers_find_nothing_and_viewers_change_nothing(seat: Membership, dataset: Dataset) -> None:
    upload: Upload = UploadFactory(dataset=dataset)
    asset: Asset = AssetFactory(organization=seat.organization)
    organization = seat.organization
    reads = [
        "datasets/",
        f"datasets/{dataset.public_id}/",
        f"datasets/{dataset.public_id}/uploads/",
        f"uploads/{upload.public_id}/",
        f"uploads/{upload.public_id}/files/",
        f"uploads/{upload.public_id}/outcomes/",
        "assets/",
        f"assets/{asset.public_id}/",
    ]
    writes = [
        ("post", "datasets/"),
        ("patch", f"datasets/{dataset.public_id}/"),
        ("delete", f"datasets/{dataset.public_id}/"),
        ("post", f"datasets/{dataset.public_id}/uploads/"),
        ("post", f"uploads/{upload.public_id}/files/"),
        ("put", f"uploads/{upload.public_id}/files/?name=a.jpg"),
        ("post", f"uploads/{upload.public_id}/start/"),
        ("post", f"uploads/{upload.public_id}/cancel/"),
        ("delete", f"assets/{asset.public_id}/"),
    ]
    stranger = MembershipFactory()
    viewer = _client(MembershipFactory(organization=organization, role=Role.VIEWER))
    for path in reads:
        assert viewer.get(_url(organization, path)).status_code == 200, path
        assert _client(stranger).get(_url(organization, path)).status_code == 404, path
        if path.count("/") > 1:
            assert _client(stranger).get(_url(stranger.organization, path)).status_code == 404, path
    for method, path in writes:
        assert getattr(viewer, method)(_url(organization, path)).status_code == 403, path
        assert getattr(_client(stranger), method)(_url(organization, path)).status_code == 404, path


def test_media_is_listed_filtered_and_linked(api: Client, seat: Membership, dataset: Dataset) -> None:
    kept: Asset = DatasetItemFactory(dataset=dataset, asset__original_name="Street 1.png").asset
    AssetFactory(organization=seat.organization, original_name="loose.jpg", moderation="hidden")
    url = _url(seat.organization, "assets/")

    def names(query: str) -> list[str]:
        return [each["name"] for each in api.get(url + query).json()["results"]]

    assert names("") == ["loose.jpg", "Street 1.png"]
    assert names(f"?dataset={dataset.public_id}") == names("?q=street") == ["Street 1.png"]
    assert names("?state=unused") == names("?state=hidden") == ["loose.jpg"]
    assert names("?until=2001-01-01") == []
    assert len(names("?since=2001-01-01&until=nonsense&state=odd")) == 2
    found = api.get(f"{url}{kept.public_id}/").json()
    assert {"thumbnail_url", "preview_url", "display_url", "original_url"} <= found.keys()


def test_an_image_is_deleted_with_its_labels_and_its_bytes(api: Client, seat: Membership, dataset: Dataset) -> None:
    upload: Upload = UploadFactory(dataset=dataset)
    url = _url(seat.organization, f"uploads/{upload.public_id}/")
    api.put(f"{url}files/?name=a.jpg", pictures.jpeg(), content_type="image/jpeg")
    _post(api, f"{url}start/")
    upload.refresh_from_db()
    runner.run(upload.job.pk)  # type: ignore[union-attr]  # it was just started
    asset = Asset.objects.get()
    AnnotationFactory(dataset=dataset, asset=asset)
    gone = _url(seat.organization, f"assets/{asset.public_id}/")
    assert (api.delete(gone).status_code, api.delete(gone).status_code) == (204, 404)
    assert not Annotation.objects.exists()
    assert StorageUsage.objects.get(organization=seat.organization).byte_size == 0
    dataset.refresh_from_db()
    assert dataset.item_count == 0
    assert media_storage().exists(asset.storage_key)
    assert asset_services.purge() >= 1
    assert not any(media_storage().exists(key) for key in (asset.storage_key, asset.thumbnail_key, asset.preview_key))
    assert not Asset.objects.exists()


def test_what_was_released_stays(api: Client, dataset: Dataset) -> None:
    asset = _released(dataset)
    refused = api.delete(_url(dataset.organization, f"assets/{asset.public_id}/"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "in_release")
    assert Asset.objects.filter(deleted_at=None).exists()


def test_lists_ask_the_database_as_often_for_many_rows(api: Client, seat: Membership, dataset: Dataset) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(_url(seat.organization, path)).status_code == 200
        return len(captured)

    paths = ["datasets/", "assets/", f"datasets/{dataset.public_id}/uploads/"]
    UploadFactory(dataset=dataset)
    AssetFactory(organization=seat.organization)
    queries(paths[0])  # the first request of a session also notes its start
    few = [queries(path) for path in paths]
    UploadFactory.create_batch(5, dataset=dataset)
    AssetFactory.create_batch(5, organization=seat.organization)
    assert [queries(path) for path in paths] == few


def _released(dataset: Dataset) -> Asset:
    """An image of the dataset that a released version holds."""
    item = DatasetItemFactory(dataset=dataset)
    version = versions.release_version(dataset=dataset, actor=UserFactory())
    assert version.job is not None
    runner.run(version.job.pk)
    assert ManifestItem.objects.filter(asset=item.asset).exists()
    found: Asset = item.asset
    return found
