"""R3: an id of another tenant in a request's body does nothing, whatever rights the sender has at home."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core import serializers
from django.test import Client

from datasets.models import Annotation, Asset, DatasetItem, LabelClass
from labelhub.tests import world
from labelhub.tests.world import World
from licensing.models import AssetRights
from marketplace.models import Offer
from projects.models import ProjectGrant

pytestmark = pytest.mark.django_db

Body = Callable[[World, World], dict[str, Any]]

# Address in one's own workspace, how the body is sent, the body (mine, theirs), and what is answered.
REQUESTS: dict[str, tuple[str, str, Body, set[int]]] = {
    "tag their image": (
        "/o/{o}/datasets/{datasets slug}/gallery/change/",
        "form",
        lambda _mine, theirs: {"selected": [theirs.ids["items"]], "do": "tag", "tag": "stolen"},
        {302},
    ),
    "delete their image": (
        "/o/{o}/media/delete/",
        "form",
        lambda _mine, theirs: {"selected": [theirs.ids["media"]]},
        {302},
    ),
    "withdraw their listing": (
        "/o/{o}/listings/change/",
        "form",
        lambda _mine, theirs: {"selected": [theirs.ids["listings"]], "action": "withdraw"},
        {302},
    ),
    "merge a class into theirs": (
        "/o/{o}/datasets/{datasets slug}/classes/{classes}/merge/",
        "form",
        lambda _mine, theirs: {"into": theirs.ids["classes"]},
        {404},
    ),
    "merge a class into theirs by program": (
        "/api/v1/organizations/{o}/datasets/{datasets}/classes/{classes}/merge/",
        "json",
        lambda _mine, theirs: {"into": theirs.ids["classes"]},
        {404},
    ),
    "label with their class": (
        "/api/v1/organizations/{o}/datasets/{datasets}/items/{items}/annotations/",
        "put",
        lambda _mine, theirs: {
            "annotations": [{"label_class": theirs.ids["classes"], "kind": "tag", "geometry": {}}],
        },
        {400},
    ),
    "list their version": (
        "/api/v1/organizations/{o}/offers/",
        "json",
        lambda _mine, theirs: {
            "version": theirs.ids["versions"],
            "license": theirs.ids["licenses"],
            "title": "Not mine",
            "price_minor": 1000,
            "currency": "EUR",
            "rights_attested": True,
        },
        {404},
    ),
    "state rights of their image": (
        "/o/{o}/datasets/{datasets}/rights/",
        "form",
        lambda mine, theirs: {"selected": [theirs.ids["items"]], "upload": "", "origin": "own"},
        {200, 302, 400},
    ),
    "add their purchase to a project": (
        "/o/{o}/projects/{projects}/purchases/",
        "form",
        lambda _mine, theirs: {"grants": [theirs.ids["grants"]]},
        {400},
    ),
    "add their purchase to a project by program": (
        "/api/v1/organizations/{o}/projects/{projects}/purchases/",
        "json",
        lambda _mine, theirs: {"grants": [theirs.ids["grants"]]},
        {400},
    ),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_ids_of_another_tenant_do_nothing(what: str) -> None:
    mine, theirs = world.build(), world.build()
    address, how, body, statuses = REQUESTS[what]
    before = _belongings(theirs)
    client = Client()
    client.force_login(next(iter(mine.seats.values())).user)
    assert _sent(client, address.format(**mine.ids), how, body(mine, theirs)) in statuses
    assert _belongings(theirs) == before
    assert not ProjectGrant.objects.filter(
        project__organization=mine.organization, grant__organization=theirs.organization
    ).exists()


def _sent(client: Client, address: str, how: str, body: dict[str, Any]) -> int:
    if how == "form":
        return client.post(address, body).status_code
    send = client.put if how == "put" else client.post
    return send(address, json.dumps(body), "application/json").status_code


def _belongings(tenant: World) -> str:
    """Everything of the tenant that such a request could touch, as it stands."""
    owned = {"organization": tenant.organization}
    inside = {"dataset__organization": tenant.organization}
    stored: str = serializers.serialize(
        "json",
        [
            *Asset.objects.filter(**owned).order_by("pk"),
            *DatasetItem.objects.filter(**inside).order_by("pk"),
            *Annotation.objects.filter(**inside).order_by("pk"),
            *LabelClass.objects.filter(schema__organization=tenant.organization).order_by("pk"),
            *Offer.objects.filter(**owned).order_by("pk"),
            *AssetRights.objects.filter(asset__organization=tenant.organization).order_by("pk"),
        ],
    )
    return stored
