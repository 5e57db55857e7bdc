"""L5 and L7: labels by mouse, by touch and by keyboard alone, kept through conflicts and lost connections."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.api import Api
from e2e.conftest import browse
from e2e.people import new_email, sign_up
from e2e.site import Site


@dataclass(frozen=True)
class Album:
    """A producer's dataset of six photographs; each test labels one of its own."""

    api: Api
    dataset: dict[str, Any]

    @property
    def address(self) -> str:
        return f"{self.api.person.home}datasets/{self.dataset['slug']}/"

    def open(self, page: Page, photo: int) -> None:
        page.goto(f"{self.address}gallery/")
        page.get_by_role("link", name=f"photo-{photo}.jpg").click()
        expect(canvas(page)).to_have_attribute("data-mode", "draw")


@pytest.fixture(scope="session")
def album(browser: Browser, site: Site) -> Iterator[Album]:
    for page in browse(browser, site):
        api = Api(page, sign_up(page, new_email("labeller")))
        yield Album(api, api.album("Herons", ["heron", "reed"], images=6))


def canvas(page: Page) -> Locator:
    return page.get_by_role("application")


def shapes(page: Page) -> Locator:
    return canvas(page).get_by_role("button")


def saved(page: Page) -> None:
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one share of the canvas to another."""
    frame = canvas(page).bounding_box()
    assert frame is not None
    at = [(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=6)
    page.mouse.up()


def test_boxes_by_mouse(album: Album) -> None:
    page = album.api.page
    album.open(page, 0)
    page.keyboard.press("2")
    drag(page, (0.4, 0.4), (0.5, 0.55))
    expect(shapes(page)).to_have_count(1)
    saved(page)
    page.reload()
    expect(page.get_by_text("By hand", exact=False)).to_be_visible()
    page.get_by_role("button", name="Remove this label").click()
    expect(shapes(page)).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(shapes(page)).to_have_count(1)
    expect(page.get_by_text("By hand", exact=False)).to_be_visible()
    saved(page)


def test_boxes_by_keyboard_alone(album: Album) -> None:
    page = album.api.page
    album.open(page, 1)
    canvas(page).focus()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    box = shapes(page).first
    expect(box).to_be_focused()
    before = str(box.get_attribute("aria-label"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect(box).not_to_have_attribute("aria-label", before)
    expect(box).to_have_attribute("aria-pressed", "true")
    saved(page)
    page.keyboard.press("2")
    expect(box).to_have_attribute("aria-label", str(box.get_attribute("aria-label")).replace("heron", "reed"))
    page.keyboard.press("Delete")
    expect(shapes(page)).to_have_count(0)
    saved(page)


def test_boxes_by_touch(album: Album, browser: Browser, site: Site) -> None:
    storage: Any = album.api.page.context.storage_state()
    context = browser.new_context(
        base_url=site.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, storage_state=storage
    )
    page = context.new_page()
    album.open(page, 2)
    frame = canvas(page).bounding_box()
    assert frame is not None
    left, top = frame["x"] + frame["width"] * 0.4, frame["y"] + frame["height"] * 0.45
    finger = context.new_cdp_session(page)
    for kind, step in (("touchStart", 0), *(("touchMove", step) for step in range(10, 60, 10))):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": left + step, "y": top + step}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(shapes(page)).to_have_count(1)
    saved(page)
    context.close()


def test_tags_keep_their_commas(album: Album) -> None:
    """X22."""
    page = album.api.page
    album.open(page, 3)
    page.get_by_placeholder("Add a tag").fill("grey heron, wading")
    page.keyboard.press("Enter")
    tags = page.get_by_role("listitem").filter(has_text="grey heron, wading")
    expect(tags).to_have_count(2)
    saved(page)
    tags.get_by_role("button", name="Remove this tag").click()
    saved(page)


def test_a_lost_connection_loses_no_label(album: Album) -> None:
    page = album.api.page
    album.open(page, 4)
    page.context.set_offline(True)
    drag(page, (0.4, 0.4), (0.5, 0.5))
    expect(page.get_by_text("No connection, trying again")).to_be_visible()
    page.context.set_offline(False)
    saved(page)
    page.reload()
    expect(shapes(page)).to_have_count(1)


def test_someone_elses_change_is_not_overwritten(album: Album) -> None:
    page = album.api.page
    album.open(page, 5)
    other = page.context.new_page()
    album.open(other, 5)
    drag(other, (0.4, 0.4), (0.45, 0.5))
    saved(other)
    drag(page, (0.5, 0.5), (0.6, 0.6))
    expect(page.get_by_text("Someone else changed these labels.", exact=False)).to_be_visible()
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_text("What you see is theirs.", exact=False)).to_be_visible()
    expect(shapes(page)).to_have_count(1)
    page.get_by_role("button", name="Use mine instead").click()
    saved(page)
    other.close()


def test_many_images_are_tagged_at_once(album: Album) -> None:
    page = album.api.page
    page.goto(f"{album.address}gallery/")
    boxes = page.get_by_role("checkbox")
    boxes.first.check()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(page.get_by_text("4 selected")).to_be_visible()
    page.get_by_role("button", name="Add tag").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tag").fill("dawn")
    dialog.get_by_role("button", name="Add tag").click()
    expect(page.get_by_text("4 images are now tagged dawn.")).to_be_visible()
    found = album.api.get(f"datasets/{album.dataset['id']}/items/?kind=tag")["results"]
    assert len(found) == 4
