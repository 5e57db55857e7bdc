import hashlib
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership
from accounts.permissions import Role
from accounts.tests.factories import MembershipFactory
from datasets.models import Annotation, Dataset, DatasetItem, LabelClass
from datasets.services.annotations import save_annotations
from datasets.tests.factories import (
    AnnotationFactory,
    DatasetFactory,
    DatasetItemFactory,
    LabelClassFactory,
    UploadFactory,
)
from jobs import runner
from jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat() -> Membership:
    found: Membership = MembershipFactory(role=Role.OWNER)
    return found


@pytest.fixture
def dataset(seat: Membership) -> Dataset:
    """Two items, b.jpg with one box."""
    found: Dataset = DatasetFactory(organization=seat.organization, item_count=2, annotation_count=1)
    rbc = LabelClassFactory(schema=found.schema, name="cell, red", shortcut="1")
    labelled = DatasetItemFactory(dataset=found, name="b.jpg", annotation_count=1, split="train")
    DatasetItemFactory(dataset=found, name="a.jpg")
    AnnotationFactory(dataset=found, asset=labelled.asset, label_class=rbc)
    return found


@pytest.fixture
def client(seat: Membership) -> Client:
    return _signed_in(seat)


def _signed_in(seat: Membership) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client


def _url(dataset: Dataset, name: str, *args: object) -> str:
    return reverse(f"datasets:{name}", args=[dataset.organization.slug, dataset.slug, *args])


def _rbc(dataset: Dataset) -> LabelClass:
    return dataset.schema.classes.get()


def _item(dataset: Dataset, name: str = "b.jpg") -> DatasetItem:
    return dataset.items.select_related("asset").get(name=name)


def _text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_overview_counts_and_leads_to_the_next_step(client: Client, dataset: Dataset) -> None:
    page = _text(client, _url(dataset, "detail"))
    assert "cell, red" in page
    assert f"{_url(dataset, 'gallery')}?label_class={_rbc(dataset).public_id}" in page
    assert "1 image without labels" in page
    assert "640 \N{MULTIPLICATION SIGN} 480 px" in page
    assert _url(dataset, "versions") in page


@pytest.mark.parametrize(("items", "labels", "route"), [(0, 0, "upload"), (1, 0, "gallery"), (1, 1, "versions")])
def test_the_primary_action_is_the_step_that_is_missing(
    client: Client, dataset: Dataset, items: int, labels: int, route: str
) -> None:
    Dataset.objects.update(item_count=items, annotation_count=labels)
    page = _text(client, _url(dataset, "detail"))
    assert f'class="btn btn-primary" href="{_url(dataset, route)}"' in page.replace("  ", " ")


def test_an_empty_dataset_invites_to_upload(client: Client, dataset: Dataset) -> None:
    dataset.annotations.all().delete()
    dataset.items.all().delete()
    Dataset.objects.update(item_count=0, annotation_count=0)
    for name in ("detail", "gallery", "versions", "uploads", "classes"):
        assert "Upload" in _text(client, _url(dataset, name))


def test_the_gallery_draws_labels_and_keeps_its_filters_in_links(client: Client, dataset: Dataset) -> None:
    page = _text(client, f"{_url(dataset, 'gallery')}?labels=with")
    item = _item(dataset)
    assert f"{_url(dataset, 'item', item.asset.public_id)}?labels=with" in page
    assert 'd="M10 20h30v40h-30z"' in page
    assert "a.jpg" not in page


def test_a_filter_that_matches_nothing_says_so(client: Client, dataset: Dataset) -> None:
    assert "Nothing matches" in _text(client, f"{_url(dataset, 'gallery')}?q=zebra")


def test_the_gallery_loads_on_as_one_scrolls(client: Client, dataset: Dataset) -> None:
    DatasetItemFactory.create_batch(60, dataset=dataset)
    first = client.get(_url(dataset, "gallery"))
    following = first.context["page"].next_url
    part = client.get(f"{_url(dataset, 'gallery')}{following}", headers={"HX-Request": "true"}).content.decode()
    assert part.count("<figure") == 2
    assert "<html" not in part


def test_pages_ask_as_much_for_many_items_as_for_few(client: Client, dataset: Dataset) -> None:
    def queries(name: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(_url(dataset, name))
        return len(seen)

    names = ("detail", "gallery", "classes", "uploads")
    for name in names:
        queries(name)
    few = [queries(name) for name in names]
    for label_class in LabelClassFactory.create_batch(5, schema=dataset.schema):
        item = DatasetItemFactory(dataset=dataset, annotation_count=1)
        AnnotationFactory(dataset=dataset, asset=item.asset, label_class=label_class)
        UploadFactory(dataset=dataset)
    assert [queries(name) for name in names] == few


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"do": "tag", "tag": "smear, stained"}, "tagged smear, stained"),
        ({"do": "split", "split": "val"}, "Validation"),
        ({"do": "remove"}, "left the dataset"),
    ],
)
def test_picked_images_change_together(client: Client, dataset: Dataset, change: dict[str, str], told: str) -> None:
    url = f"{_url(dataset, 'items-change')}?labels=with"
    answer = client.post(url, {**change, "selected": [_item(dataset).asset.public_id]}, follow=True)
    assert answer.redirect_chain[0][0] == f"{_url(dataset, 'gallery')}?labels=with"
    assert told in answer.content.decode()


def test_a_tag_comes_off_again_and_an_unknown_one_makes_no_class(client: Client, dataset: Dataset) -> None:
    picked = {"selected": [_item(dataset).asset.public_id]}
    client.post(_url(dataset, "items-change"), {**picked, "do": "tag", "tag": "CELL, RED"})
    assert Annotation.objects.filter(kind="tag").count() == 1
    client.post(_url(dataset, "items-change"), {**picked, "do": "untag", "untag": "cell, red"})
    assert not Annotation.objects.filter(kind="tag").exists()
    assert client.post(_url(dataset, "items-change"), {**picked, "do": "untag", "untag": "zebra"}).status_code == 404
    assert dataset.schema.classes.count() == 1


def test_nothing_picked_is_said(client: Client, dataset: Dataset) -> None:
    answer = client.post(_url(dataset, "items-change"), {"do": "remove"}, follow=True)
    assert "Choose some images first." in answer.content.decode()


def test_the_image_page_hands_the_tool_what_it_needs(client: Client, dataset: Dataset) -> None:
    item = _item(dataset)
    answer = client.get(f"{_url(dataset, 'item', item.asset.public_id)}?split=train")
    tool = answer.context["tool"]
    assert (tool["revision"], tool["editable"], tool["image"]) == (0, True, {"width": 640, "height": 480})
    [label] = tool["annotations"]
    assert label["origin"].startswith("Imported, ")
    assert [each["shortcut"] for each in tool["classes"]] == ["1"]
    assert json.dumps(tool)
    saved = client.put(
        tool["urls"]["save"],
        {"revision": 0, "annotations": tool["annotations"]},
        content_type="application/json",
    )
    assert saved.json()["revision"] == 0


def test_the_way_through_the_images_keeps_to_the_filters(client: Client, dataset: Dataset) -> None:
    a, b, c = _item(dataset, "a.jpg"), _item(dataset), DatasetItemFactory(dataset=dataset, name="c.jpg")
    around = client.get(_url(dataset, "item", b.asset.public_id)).context["around"]
    assert (around.previous, around.next) == (a, c)
    alone = client.get(f"{_url(dataset, 'item', b.asset.public_id)}?labels=with").context["around"]
    assert (alone.previous_url, alone.next_url) == ("", "")


def test_a_change_is_listed_and_taken_back(client: Client, seat: Membership, dataset: Dataset) -> None:
    item = _item(dataset)
    save_annotations(item=item, actor=seat.user, wanted=[])
    assert "added 0, removed 1" in _text(client, _url(dataset, "item-history", item.asset.public_id))
    client.post(_url(dataset, "item-undo", item.asset.public_id), {"revision": "1"})
    assert dataset.annotations.count() == 1
    assert client.post(_url(dataset, "item-undo", item.asset.public_id), {"revision": "x"}).status_code == 409


def test_classes_are_made_changed_ordered_and_put_away(client: Client, dataset: Dataset) -> None:
    made = client.post(_url(dataset, "classes"), {"name": "WBC"})
    assert made.status_code == 302
    assert client.post(_url(dataset, "classes"), {"name": "wbc"}).status_code == 400
    wbc = dataset.schema.classes.get(name="WBC")
    page = _text(client, _url(dataset, "class", wbc.public_id))
    assert "Merge into another class" in page
    changed = {"name": "White", "color_index": "7", "shortcut": "W"}
    assert client.post(_url(dataset, "class", wbc.public_id), changed).status_code == 302
    assert client.post(_url(dataset, "class", wbc.public_id), {**changed, "shortcut": "b"}).status_code == 400
    wbc.refresh_from_db()
    assert (wbc.name, wbc.color_index, wbc.shortcut) == ("White", 7, "w")
    client.post(_url(dataset, "class-move", wbc.public_id), {"way": "up"})
    assert [each.name for each in dataset.schema.classes.all()] == ["White", "cell, red"]
    for archived in (True, False):
        client.post(_url(dataset, "class-archive", wbc.public_id))
        wbc.refresh_from_db()
        assert (wbc.archived_at is not None) is archived
    client.post(_url(dataset, "class-merge", wbc.public_id), {"into": dataset.schema.classes.last().public_id})  # type: ignore[union-attr]  # there are two
    assert [each.name for each in dataset.schema.classes.all()] == ["cell, red"]
    assert client.post(_url(dataset, "class-delete", _rbc(dataset).public_id)).status_code == 409


def test_a_version_is_released_and_shown_as_frozen(client: Client, dataset: Dataset) -> None:
    begun = client.post(_url(dataset, "versions"), {"notes": "First"})
    assert begun.headers["Location"] == _url(dataset, "version", 1)
    assert "Being frozen" in _text(client, _url(dataset, "version", 1))
    assert client.get(_url(dataset, "version-manifest", 1)).status_code == 404
    runner.run(Job.objects.get().pk)
    dataset.annotations.all().delete()
    page = client.get(_url(dataset, "version", 1))
    assert "First version" in page.content.decode()
    assert 'd="M10 20h30v40h-30z"' in page.content.decode()
    file = client.get(_url(dataset, "version-manifest", 1))
    content = b"".join(file.streaming_content)  # type: ignore[attr-defined]  # a streaming response
    assert hashlib.sha256(content).hexdigest() == page.context["manifest"].sha256
    assert page.context["manifest"].sha256[:12] in _text(client, _url(dataset, "versions"))


def test_a_second_version_says_what_changed(client: Client, dataset: Dataset) -> None:
    for _ in range(2):
        client.post(_url(dataset, "versions"))
        runner.run(Job.objects.latest("pk").pk)
        dataset.annotations.all().delete()
        DatasetItemFactory(dataset=dataset)
    assert "1 images added, 0 removed, 1 labelled differently" in _text(client, _url(dataset, "version", 2))


PAGES = ("detail", "uploads", "gallery", "classes", "versions")
CHANGES: list[tuple[str, Any]] = [
    ("items-change", None),
    ("classes", None),
    ("class", "class"),
    ("class-move", "class"),
    ("class-archive", "class"),
    ("class-merge", "class"),
    ("class-delete", "class"),
    ("item-undo", "item"),
    ("versions", None),
]


def _routes(dataset: Dataset) -> list[str]:
    asset = _item(dataset).asset.public_id
    return [
        *(_url(dataset, name) for name in PAGES),
        _url(dataset, "item", asset),
        _url(dataset, "item-history", asset),
    ]


def test_who_may_only_look_sees_the_pages_without_the_tools(dataset: Dataset) -> None:
    viewer = _signed_in(MembershipFactory(role=Role.VIEWER, organization=dataset.organization))
    for url in _routes(dataset):
        assert viewer.get(url).status_code == 200
    page = viewer.get(_url(dataset, "item", _item(dataset).asset.public_id))
    assert page.context["tool"]["editable"] is False
    assert 'data-do="draw"' not in page.content.decode()


@pytest.mark.parametrize(("name", "what"), CHANGES)
def test_who_may_only_look_changes_nothing(dataset: Dataset, name: str, what: str | None) -> None:
    viewer = _signed_in(MembershipFactory(role=Role.VIEWER, organization=dataset.organization))
    assert viewer.post(_changing(dataset, name, what)).status_code == 403


@pytest.mark.parametrize(("name", "what"), CHANGES)
def test_a_stranger_finds_nothing(dataset: Dataset, name: str, what: str | None) -> None:
    stranger = _signed_in(MembershipFactory())
    assert stranger.post(_changing(dataset, name, what)).status_code == 404
    for url in _routes(dataset):
        assert stranger.get(url).status_code == 404


def _changing(dataset: Dataset, name: str, what: str | None) -> str:
    args = {"class": [_rbc(dataset).public_id], "item": [_item(dataset).asset.public_id]}
    return _url(dataset, name, *(args[what] if what else []))


@pytest.mark.parametrize("classes", ["cat\n" + "x" * 101, "cat\nCAT"])
def test_a_refused_class_keeps_what_was_typed_for_a_new_dataset(client: Client, seat: Membership, classes: str) -> None:
    address = reverse("datasets:new", args=[seat.organization.slug])
    answer = client.post(address, {"name": "Street scenes", "description": "Bright", "classes": classes})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'value="Street scenes"' in page
    assert 'id="id_classes_error"' in page
    assert not Dataset.objects.exists()
