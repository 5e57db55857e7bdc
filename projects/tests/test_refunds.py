"""P14: what a refund takes back can no longer be downloaded."""

import pytest
from django.test import Client
from django.urls import reverse

from licensing.models import Grant
from marketplace.services import refunds
from marketplace.tests.factories import listed
from marketplace.tests.refunds import administrator, asked, bought, buyer, work
from payments.tests.sandbox import Sandbox
from projects import services as projects
from projects.models import ArchiveState

pytestmark = pytest.mark.django_db


def test_downloads_stop_at_once_and_say_why(client: Client, sandbox: Sandbox) -> None:
    seat = buyer()
    client.force_login(seat.user)
    order = bought(sandbox, seat, listed(price=1000), listed(price=500))
    grant = Grant.objects.get(price_minor=1000)
    project = projects.create_project(organization=seat.organization, actor=seat.user, name="Run")
    projects.add_purchases(project=project, actor=seat.user, grant_ids=[grant.public_id])
    download = projects.request_download(project=project, actor=seat.user, format_id="coco")
    type(download.archive).objects.update(state=ArchiveState.READY)
    refunds.approve(actor=administrator(), request=asked(seat, order, order.lines.get(position=1).public_id))
    work()
    where = [seat.organization.slug, project.public_id]
    file = client.get(reverse("projects:file", args=[*where, download.public_id]))
    assert file.status_code == 403
    page = client.get(reverse("projects:detail", args=where)).content.decode()
    found = client.get(f"/api/v1/organizations/{where[0]}/projects/{where[1]}/downloads/").json()
    api = found["results"][0]["closed_because"]
    for text in (file.content.decode(), page, api):
        assert "has ended: refunded on" in text
    assert "Save the archive" not in page
