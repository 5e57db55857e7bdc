import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from jobs import runner
from licensing import services as licensing
from licensing.models import Grant
from licensing.tests.factories import GrantFactory
from projects.models import Archive, Download, Project
from projects.tests.conftest import signed_in, stored_manifest

pytestmark = pytest.mark.django_db


def base(seat: Membership) -> str:
    return f"/api/v1/organizations/{seat.organization.slug}/projects/"


def project_with(seat: Membership, grant: Grant) -> str:
    client = signed_in(seat)
    made = client.post(base(seat), {"name": "Training run"}, content_type="application/json").json()
    address = f"{base(seat)}{made['id']}/"
    added = client.post(f"{address}purchases/", {"grants": [grant.public_id]}, content_type="application/json")
    assert added.status_code == 204
    return address


def ask(client: Client, address: str, form: str = "voc") -> str:
    made = client.post(f"{address}downloads/", {"format": form}, content_type="application/json")
    assert made.status_code == 201, made.content
    return f"{address}downloads/{made.json()['id']}/"


def packed(client: Client, address: str, form: str = "voc") -> str:
    """The address of a download whose archive a worker has made."""
    download = ask(client, address, form)
    for archive in Archive.objects.filter(state="building").select_related("job"):
        assert archive.job is not None
        runner.run(archive.job.pk)
    assert client.get(download).json()["state"] == "ready"
    return download


def content(client: Client, download: str, **headers: str) -> bytes:
    return client.get(f"{download}file/", headers=headers).getvalue()


@pytest.mark.parametrize("form", ["coco", "yolo", "voc", "csv", "jsonl", "imported"])
def test_the_archive_holds_media_labels_licence_and_digests(seat: Membership, grant: Grant, form: str) -> None:
    client = signed_in(seat)
    download = packed(client, project_with(seat, grant), form)
    data = content(client, download)
    assert hashlib.sha256(data).hexdigest() == client.get(download).json()["sha256"]
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        manifest = json.loads(found.read("manifest.json"))
        (part,) = manifest["parts"]
        assert (part["producer"], part["license"]) == (grant.licensor.pseudonym, grant.license.code)
        for file in manifest["files"]:
            assert hashlib.sha256(found.read(file["path"])).hexdigest() == file["sha256"]
        names = found.namelist()
        assert sum(name.endswith(".jpg") for name in names) == 2
        assert any(name.endswith("/LICENSE.txt") for name in names)
        assert b"red" in b"".join(found.read(name) for name in names if not name.endswith(".jpg"))


def test_two_buyers_of_one_version_share_one_archive_byte_for_byte(seat: Membership, grant: Grant) -> None:
    other = MembershipFactory(role=Role.FINANCE)
    twin = GrantFactory(
        organization=other.organization, manifest=grant.manifest, title=grant.title, licensor=grant.licensor
    )
    first = packed(signed_in(seat), project_with(seat, grant))
    second = packed(signed_in(other), project_with(other, twin))
    assert Archive.objects.count() == 1
    assert content(signed_in(seat), first) == content(signed_in(other), second)


def test_packing_twice_makes_the_same_bytes(seat: Membership, grant: Grant) -> None:
    client, address = signed_in(seat), project_with(seat, grant)
    first = packed(client, address)
    digest = Archive.objects.get().sha256
    Archive.objects.update(state="building", sha256="")
    assert content(client, packed(client, address)) == content(client, first)
    assert Archive.objects.get().sha256 == digest


def test_an_interrupted_download_continues(seat: Membership, grant: Grant) -> None:
    client = signed_in(seat)
    download = packed(client, project_with(seat, grant))
    etag = client.head(f"{download}file/").headers["ETag"]
    whole = content(client, download)
    rest = content(client, download, **{"Range": "bytes=100-", "If-Range": etag})
    assert whole[:100] + rest == whole


def test_one_image_of_a_dataset_brings_only_that_image(seat: Membership, grant: Grant) -> None:
    item = grant.manifest.items.get(position=1)
    single = GrantFactory(organization=seat.organization, manifest=grant.manifest, asset=item.asset)
    client = signed_in(seat)
    data = content(client, packed(client, project_with(seat, single)))
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert next(name for name in found.namelist() if name.endswith(".jpg")).endswith(item.name)
        assert sum(name.endswith(".jpg") for name in found.namelist()) == 1


def test_a_licence_that_ended_closes_the_download_and_says_why(seat: Membership, grant: Grant) -> None:
    client = signed_in(seat)
    download = packed(client, project_with(seat, grant))
    licensing.revoke(grant=grant, actor=None, reason="Refunded")
    refused = client.get(f"{download}file/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "license_ended")
    assert "Refunded" in refused.json()["error"]["message"]


def test_a_licence_for_a_time_closes_the_download_when_it_is_over(seat: Membership) -> None:
    soon = timezone.now() + timedelta(hours=1)
    grant = GrantFactory(organization=seat.organization, manifest=stored_manifest(), expires_at=soon)
    client, project = signed_in(seat), project_with(seat, grant)
    download = packed(client, project)
    assert client.get(f"{download}file/").status_code == 200
    with time_machine.travel(soon + timedelta(minutes=1)):
        refused = client.get(f"{download}file/")
        (purchase,) = client.get(f"{project}purchases/").json()["results"]
        again = client.post(f"{project}downloads/", {"format": "voc"}, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "license_ended")
    assert "it ran until" in refused.json()["error"]["message"]
    assert (purchase["in_force"], "it ran until" in purchase["ended_because"]) == (False, True)
    assert again.json()["error"]["code"] == "empty_project"


def test_an_archive_in_the_making_is_not_served(seat: Membership, grant: Grant) -> None:
    client = signed_in(seat)
    refused = client.get(f"{ask(client, project_with(seat, grant))}file/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "archive_not_ready")


def test_an_empty_project_and_an_unknown_format_are_refused(seat: Membership, grant: Grant) -> None:
    client = signed_in(seat)
    made = client.post(base(seat), {"name": "Empty"}, content_type="application/json").json()
    empty = client.post(f"{base(seat)}{made['id']}/downloads/", {"format": "voc"}, content_type="application/json")
    assert empty.json()["error"]["code"] == "empty_project"
    wrong = client.post(f"{project_with(seat, grant)}downloads/", {"format": "mp3"}, content_type="application/json")
    assert (wrong.status_code, "format" in wrong.json()["error"]["fields"]) == (400, True)


def test_nobody_adds_what_they_did_not_buy(seat: Membership, grant: Grant) -> None:
    foreign = GrantFactory()
    address = project_with(seat, grant)
    refused = signed_in(seat).post(
        f"{address}purchases/", {"grants": [foreign.public_id]}, content_type="application/json"
    )
    assert refused.json()["error"]["code"] == "unknown_purchase"


def test_strangers_find_nothing_and_viewers_may_not_fetch(seat: Membership, grant: Grant) -> None:
    download = packed(signed_in(seat), project_with(seat, grant))
    assert signed_in(MembershipFactory()).get(f"{download}file/").status_code == 404
    viewer = MembershipFactory(organization=seat.organization, role=Role.VIEWER)
    assert signed_in(viewer).get(download).status_code == 200
    assert signed_in(viewer).get(f"{download}file/").status_code == 403


def test_a_name_is_used_once(seat: Membership, grant: Grant) -> None:
    project_with(seat, grant)
    again = signed_in(seat).post(base(seat), {"name": "Training run"}, content_type="application/json")
    assert (again.status_code, "name" in again.json()["error"]["fields"]) == (409, True)


def test_the_pages_lead_from_a_purchase_to_the_archive(seat: Membership, grant: Grant) -> None:
    client, pages = signed_in(seat), f"/o/{seat.organization.slug}/projects/"
    assert "Street scenes" in client.get(pages).content.decode()
    client.post(pages, {"name": "From the page", "grants": [grant.public_id]})
    project = Project.objects.get()
    client.post(f"{pages}{project.public_id}/downloads/", {"format": "coco"})
    archive = Archive.objects.select_related("job").get()
    assert archive.job is not None
    runner.run(archive.job.pk)
    download = Download.objects.get()
    page = client.get(f"{pages}{project.public_id}/").content.decode()
    assert f"{download.public_id}/file/" in page
    assert client.get(f"{pages}{project.public_id}/downloads/{download.public_id}/file/").status_code == 200


def test_deleting_a_project_keeps_the_purchases(seat: Membership, grant: Grant) -> None:
    address = project_with(seat, grant)
    client = signed_in(seat)
    assert client.delete(address).status_code == 204
    assert client.delete(address).status_code == 404
    assert grant in Project.objects.loose_purchases(seat.organization)


def test_a_name_in_use_is_told_beside_the_field_and_nothing_is_lost(seat: Membership, grant: Grant) -> None:
    client, address = signed_in(seat), f"/o/{seat.organization.slug}/projects/"
    for name in ("First", "Second"):
        client.post(address, {"name": name})
    taken = client.post(address, {"name": "First", "description": "Long thought about"}).content.decode()
    assert "You already have a project of this name." in taken
    assert "Long thought about" in taken
    second = Project.objects.get(name="Second")
    page = client.post(f"{address}{second.public_id}/", {"name": "First"}).content.decode()
    assert "You already have a project of this name." in page
    assert "<h1>Second</h1>" in page


def test_the_page_names_what_the_format_could_not_carry(seat: Membership, grant: Grant) -> None:
    client = signed_in(seat)
    packed(client, project_with(seat, grant), "folder")
    project = Project.objects.get()
    page = client.get(f"/o/{seat.organization.slug}/projects/{project.public_id}/").content.decode()
    (sentence, count), *_ = Archive.objects.get().losses
    assert sentence in page
    assert f"Here: {count}." in page
    assert "Image folders</strong>" in page
