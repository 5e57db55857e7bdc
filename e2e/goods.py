"""Puts goods on the market for journeys that begin with buying: through the API as a program would, listed by page."""

import secrets
from typing import Any

from playwright.sync_api import Page, expect

from e2e.api import Api
from e2e.people import Person, new_email, sign_up

LABELS = ["heron", "reed"]
BOX = {"x": 20, "y": 30, "width": 90, "height": 60}


class Shop:
    """A producer with two listings, one priced and one free."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.owner = sign_up(page, new_email("producer"))
        self.title = f"Herons at dawn, {secrets.token_hex(3)}"
        self.priced = stock(page, self.owner, self.title, price="12.50", image_price="1")
        self.free = stock(page, self.owner, "Reeds in the wind", price="0")


def stock(page: Page, seller: Person, title: str, *, price: str, image_price: str = "", images: int = 3) -> str:
    """A released dataset of generated images, each with two boxes, on the market. Returns the listing's address."""
    api = Api(page, seller)
    dataset = api.album(title, LABELS, images)
    _label(api, f"datasets/{dataset['id']}/")
    version = api.post(f"datasets/{dataset['id']}/versions/")
    api.finished(version["job"])
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


def _label(api: Api, dataset: str) -> None:
    labels: list[dict[str, Any]] = [
        {"label_class": each["id"], "kind": "box", "geometry": BOX} for each in api.get(f"{dataset}classes/")["results"]
    ]
    for item in api.get(f"{dataset}items/")["results"]:
        api.put(f"{dataset}items/{item['id']}/annotations/", annotations=labels)
