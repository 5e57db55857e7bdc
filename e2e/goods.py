"""Puts goods on the market for journeys that begin with buying: through the API as a program would, listed by page."""

import secrets
from typing import Any

from playwright.sync_api import APIResponse, FilePayload, Page, expect

from datasets.tests.pictures import jpeg
from e2e.people import Person, new_email, sign_up

JOB_MILLISECONDS = 60_000
LABELS = ("heron", "reed")


class Shop:
    """A producer with two listings, one priced and one free."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.owner = sign_up(page, new_email("producer"))
        self.title = f"Herons at dawn, {secrets.token_hex(3)}"
        self.priced = stock(page, self.owner, self.title, price="12.50", image_price="1")
        self.free = stock(page, self.owner, "Reeds in the wind", price="0")


def stock(page: Page, seller: Person, title: str, *, price: str, image_price: str = "", images: int = 3) -> str:
    """A released dataset of generated images, each with a box, on the market. Returns the listing's address."""
    api = f"/api/v1/organizations/{seller.slug}/"
    dataset = f"{api}datasets/{_post(page, f'{api}datasets/', name=title, classes=LABELS)['id']}/"
    _upload(page, seller, api, dataset, images)
    _label(page, dataset)
    version = _post(page, f"{dataset}versions/")
    _wait_for_job(page, seller, version["job"])
    page.goto(f"{seller.home}versions/{version['id']}/list/")
    return list_current_version(page, price=price, image_price=image_price)


def list_current_version(page: Page, *, price: str, image_price: str = "") -> str:
    """Fill in the form that puts a version on the market. Returns the listing's address."""
    page.get_by_role("radio", name="Research").check()
    page.get_by_label("Price of the whole dataset").fill(price)
    page.get_by_label("Price of a single image").fill(image_price)
    page.get_by_label("I hold the rights").check()
    page.get_by_role("button", name="List on the market").click()
    link = page.get_by_role("link", name="See it on the market")
    expect(link).to_be_visible()
    return str(link.get_attribute("href"))


def _upload(page: Page, seller: Person, api: str, dataset: str, images: int) -> None:
    upload = f"{api}uploads/{_post(page, f'{dataset}uploads/')['id']}/"
    seed = abs(hash(dataset)) % 1_000_000
    for number in range(images):
        content: FilePayload = {
            "name": f"photo-{number}.jpg",
            "mimeType": "image/jpeg",
            "buffer": jpeg(seed=seed + number),
        }
        _answered(page.request.post(f"{upload}files/", multipart={"file": content}, headers=_headers(page)))
    _wait_for_job(page, seller, _post(page, f"{upload}start/")["job"]["id"])


def _label(page: Page, dataset: str) -> None:
    classes = _answered(page.request.get(f"{dataset}classes/"))["results"]
    for item in _answered(page.request.get(f"{dataset}items/"))["results"]:
        labels = [
            {"label_class": each["id"], "kind": "box", "geometry": {"x": 20, "y": 30, "width": 90, "height": 60}}
            for each in classes
        ]
        address = f"{dataset}items/{item['id']}/annotations/"
        _answered(page.request.put(address, data={"annotations": labels}, headers=_headers(page)))


def _wait_for_job(page: Page, seller: Person, job: str) -> None:
    page.goto(f"{seller.home}jobs/{job}/")
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=JOB_MILLISECONDS)


def _post(page: Page, address: str, **data: Any) -> dict[str, Any]:
    return _answered(page.request.post(address, data=data, headers=_headers(page)))


def _headers(page: Page) -> dict[str, str]:
    tokens = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return {"X-CSRFToken": tokens["csrftoken"]}


def _answered(answer: APIResponse) -> dict[str, Any]:
    assert answer.ok, f"{answer.url} answered {answer.status}: {answer.text()}"
    found: dict[str, Any] = answer.json()
    return found
