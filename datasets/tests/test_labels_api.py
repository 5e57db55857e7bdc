import hashlib
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from datasets.models import Annotation, Dataset, DatasetItem, LabelClass
from datasets.tests.factories import AnnotationFactory, DatasetFactory, DatasetItemFactory, LabelClassFactory
from jobs import runner
from jobs.models import Job

pytestmark = pytest.mark.django_db

BOX = {"x": 1, "y": 2, "width": 30, "height": 40, "rotation": 0}


@pytest.fixture
def seat() -> Membership:
    found: Membership = MembershipFactory(role=Role.EDITOR)
    return found


@pytest.fixture
def dataset(seat: Membership) -> Dataset:
    found: Dataset = DatasetFactory(organization=seat.organization, item_count=1)
    return found


@pytest.fixture
def item(dataset: Dataset) -> DatasetItem:
    found: DatasetItem = DatasetItemFactory(dataset=dataset, name="b.jpg")
    return found


@pytest.fixture
def rbc(dataset: Dataset) -> LabelClass:
    found: LabelClass = LabelClassFactory(schema=dataset.schema, name="cell, red")
    return found


def _as(role: Role, dataset: Dataset) -> Client:
    client = Client()
    client.force_login(MembershipFactory(role=role, organization=dataset.organization).user)
    return client


@pytest.fixture
def api(seat: Membership) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client


def _url(dataset: Dataset, *parts: object) -> str:
    path = "".join(f"{part}/" for part in parts)
    return f"/api/v1/organizations/{dataset.organization.slug}/datasets/{dataset.public_id}/{path}"


def _send(client: Client, method: str, url: str, data: Any = None) -> Any:
    return client.generic(method, url, data=_json(data), content_type="application/json")


def _json(data: Any) -> str:
    return json.dumps(data)


def test_labels_are_read_saved_and_saved_again(
    api: Client, dataset: Dataset, item: DatasetItem, rbc: LabelClass
) -> None:
    url = _url(dataset, "items", item.asset.public_id, "annotations")
    assert api.get(url).json() == {"revision": 0, "annotations": []}
    label = {"label_class": rbc.public_id, "kind": "box", "geometry": BOX, "attributes": {"truncated": True}}
    for _ in range(2):
        saved = _send(api, "PUT", url, {"revision": 0, "annotations": [label]})
        assert saved.status_code == 200
        [found] = saved.json()["annotations"]
        assert (saved.json()["revision"], found["label_class_name"]) == (1, "cell, red")
        assert (found["geometry"], found["attributes"]) == (BOX, {"truncated": True})
        assert (found["provenance"], found["imported_from"]) == ("producer", "")
    assert Annotation.objects.count() == 1
    [change] = api.get(_url(dataset, "items", item.asset.public_id, "changes")).json()["results"]
    assert (change["revision"], change["added"], change["removed"]) == (1, 1, 0)


def test_what_a_read_gives_can_be_sent_back(api: Client, dataset: Dataset, item: DatasetItem, rbc: LabelClass) -> None:
    AnnotationFactory(dataset=dataset, asset=item.asset, label_class=rbc, confidence=0.5)
    url = _url(dataset, "items", item.asset.public_id, "annotations")
    read = api.get(url).json()
    assert _send(api, "PUT", url, read).json() == read


def test_an_older_revision_gets_409_and_undo_takes_back(
    api: Client, dataset: Dataset, item: DatasetItem, rbc: LabelClass
) -> None:
    url = _url(dataset, "items", item.asset.public_id, "annotations")
    tag = {"label_class": rbc.public_id, "kind": "tag"}
    _send(api, "PUT", url, {"annotations": [tag]})
    stale = _send(api, "PUT", url, {"revision": 0, "annotations": []})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "labels_changed")
    assert stale.json()["error"]["data"] == {"revision": 1}
    undone = _send(api, "POST", f"{url}undo/", {"revision": 1})
    assert undone.json() == {"revision": 2, "annotations": []}


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ({"kind": "box", "geometry": {**BOX, "width": -1}}, "annotations.0.width"),
        ({"kind": "blob"}, "annotations.0.kind"),
        ({"kind": "box", "geometry": []}, "annotations.0.geometry"),
        ({"label_class": "nothere", "kind": "tag"}, "annotations.0.class"),
    ],
)
def test_a_bad_label_gets_400_that_names_it(
    api: Client, dataset: Dataset, item: DatasetItem, rbc: LabelClass, label: dict[str, Any], field: str
) -> None:
    url = _url(dataset, "items", item.asset.public_id, "annotations")
    answer = _send(api, "PUT", url, {"annotations": [{"label_class": rbc.public_id, **label}]})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_items_come_by_name_with_labels_in_a_constant_number_of_queries(
    api: Client, dataset: Dataset, item: DatasetItem, rbc: LabelClass
) -> None:
    for _ in range(2):
        with CaptureQueriesContext(connection) as one:
            api.get(_url(dataset, "items"))
    for name in ("a.jpg", "c.jpg"):
        other = DatasetItemFactory(dataset=dataset, name=name)
        AnnotationFactory.create_batch(3, dataset=dataset, asset=other.asset, label_class=rbc)
    with CaptureQueriesContext(connection) as many:
        found = api.get(_url(dataset, "items")).json()["results"]
    assert [(each["name"], len(each["annotations"])) for each in found] == [("a.jpg", 3), ("b.jpg", 0), ("c.jpg", 3)]
    assert len(many) == len(one)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("labels=with", ["a.jpg"]),
        ("labels=without", ["b.jpg"]),
        ("split=train", ["b.jpg"]),
        ("split=none", ["a.jpg"]),
        ("kind=box", ["a.jpg"]),
        ("kind=polygon", []),
        ("provenance=import", ["a.jpg"]),
        ("provenance=model", []),
        ("q=A.J", ["a.jpg"]),
        ("split=nonsense", ["a.jpg", "b.jpg"]),
        ("label_class=nothere", []),
    ],
)
def test_items_are_filtered(api: Client, dataset: Dataset, rbc: LabelClass, query: str, names: list[str]) -> None:
    DatasetItemFactory(dataset=dataset, name="b.jpg", split="train")
    labelled = DatasetItemFactory(dataset=dataset, name="a.jpg", annotation_count=1)
    AnnotationFactory(dataset=dataset, asset=labelled.asset, label_class=rbc)
    found = api.get(f"{_url(dataset, 'items')}?{query}").json()["results"]
    assert [each["name"] for each in found] == names


def test_many_items_change_at_once(api: Client, dataset: Dataset, item: DatasetItem, rbc: LabelClass) -> None:
    chosen = {"items": [item.asset.public_id]}
    url = _url(dataset, "items")
    for change in ({"tag": rbc.public_id}, {"split": "val"}, {"untag": rbc.public_id}, {"remove": True}):
        counts = [_send(api, "POST", url, {**chosen, **change}).json() for _ in range(2)]
        assert counts == [{"changed": 1}, {"changed": 0}]
    assert _send(api, "POST", url, chosen).status_code == 400
    assert _send(api, "POST", url, {**chosen, "tag": "nothere"}).status_code == 404


def test_classes_live_through_the_api(api: Client, dataset: Dataset) -> None:
    url = _url(dataset, "classes")
    made = _send(api, "POST", url, {"name": "WBC"}).json()
    assert (made["name"], made["shortcut"], made["archived"]) == ("WBC", "1", False)
    assert _send(api, "POST", url, {"name": "wbc"}).status_code == 409
    assert _send(api, "POST", url, {}).status_code == 400
    one = _url(dataset, "classes", made["id"])
    assert _send(api, "PATCH", one, {"name": "White, cell", "shortcut": "w"}).json()["name"] == "White, cell"
    assert _send(api, "PATCH", one, {"archived": True}).json()["archived"] is True
    assert _send(api, "PATCH", one, {"archived": False}).json()["archived"] is False
    other = _send(api, "POST", url, {"name": "RBC"}).json()
    assert _send(api, "PUT", url, {"order": [other["id"], made["id"]]}).status_code == 204
    assert [each["name"] for each in api.get(url).json()["results"]] == ["RBC", "White, cell"]
    assert _send(api, "POST", f"{one}merge/", {"into": other["id"]}).json() == {"changed": 0}
    assert _send(api, "DELETE", _url(dataset, "classes", other["id"])).status_code == 204
    assert api.get(url).json()["results"] == []


def test_a_version_is_released_read_compared_and_verified(api: Client, dataset: Dataset, item: DatasetItem) -> None:
    url = _url(dataset, "versions")
    version = _send(api, "POST", url, {"notes": "First"})
    assert (version.status_code, version.json()["state"]) == (202, "building")
    assert api.get(_url(dataset, "versions", 1, "items")).status_code == 404
    runner.run(Job.objects.get().pk)
    released = api.get(_url(dataset, "versions", 1)).json()
    assert (released["state"], released["manifest"]["item_count"]) == ("released", 1)
    [frozen] = api.get(_url(dataset, "versions", 1, "items")).json()["results"]
    assert frozen["name"].startswith("000001-")
    diff = api.get(_url(dataset, "versions", 1, "diff")).json()
    assert diff == {"previous": None, "added": 1, "removed": 0, "changed": 0}
    file = api.get(f"{_url(dataset, 'versions', 1)}manifest.jsonl")
    content = b"".join(file.streaming_content)  # type: ignore[attr-defined]  # a streaming response
    assert hashlib.sha256(content).hexdigest() == released["manifest"]["sha256"]


def test_an_empty_dataset_is_not_released(api: Client, dataset: Dataset) -> None:
    refused = _send(api, "POST", _url(dataset, "versions"), {})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "empty_dataset")


WRITES = [
    ("POST", ("classes",)),
    ("PUT", ("classes",)),
    ("PATCH", ("classes", "x")),
    ("DELETE", ("classes", "x")),
    ("POST", ("classes", "x", "merge")),
    ("POST", ("items",)),
    ("PUT", ("items", "x", "annotations")),
    ("POST", ("items", "x", "annotations", "undo")),
    ("POST", ("versions",)),
]
READS = [
    (),
    ("classes",),
    ("items",),
    ("items", "x"),
    ("items", "x", "annotations"),
    ("items", "x", "changes"),
    ("versions",),
    ("versions", 1),
    ("versions", 1, "items"),
    ("versions", 1, "diff"),
]


@pytest.mark.parametrize(("method", "parts"), WRITES)
def test_who_may_only_look_gets_403(dataset: Dataset, method: str, parts: tuple[str, ...]) -> None:
    assert _send(_as(Role.VIEWER, dataset), method, _url(dataset, *parts), {}).status_code == 403


@pytest.mark.parametrize(("method", "parts"), [*WRITES, *(("GET", parts) for parts in READS[1:])])
def test_a_stranger_gets_404(dataset: Dataset, method: str, parts: tuple[str, ...]) -> None:
    stranger = Client()
    stranger.force_login(MembershipFactory().user)
    assert _send(stranger, method, _url(dataset, *parts), {}).status_code == 404


@pytest.mark.parametrize("parts", READS[1:])
def test_another_organisations_dataset_is_not_found_in_ones_own(
    api: Client, seat: Membership, parts: tuple[str, ...]
) -> None:
    foreign = DatasetFactory()
    foreign.organization = seat.organization
    assert api.get(_url(foreign, *parts)).status_code == 404
