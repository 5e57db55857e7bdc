"""A consumer's way from the search box to files on disk, and what the producer sees of it."""

import hashlib
import json
import re
import time
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.goods import Shop
from e2e.people import Person, new_email, sign_in_as_moderator, sign_up
from e2e.site import Site

REFUND_SECONDS = 60
DECLINED, PAYS = re.compile("4000 0000 0000 0002"), re.compile("4242 4242 4242 4242")


def test_search_buy_pay_and_download(shop: Shop, page: Page, tmp_path: Path) -> None:
    buyer, sales = sign_up(page, new_email("consumer")), _sales(shop)
    _find(page, "heron", shop.title)
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("heading", name="Cart")).to_be_visible()
    page.get_by_role("button", name="Pay").click()
    _pay(page)
    expect(page.get_by_role("main").get_by_text("Paid", exact=True).first).to_be_visible()
    _keeps_the_file(page, "Invoice LH-")
    archive = _download(page, buyer, "Bird counter", "COCO", tmp_path)
    _verify(archive)
    _is_not_offered_again(page, shop.priced)
    _producer_sees_one_more(shop, sales)


def test_a_free_dataset_needs_no_payment(shop: Shop, page: Page, tmp_path: Path) -> None:
    buyer = sign_up(page, new_email("frugal"))
    page.goto(shop.free)
    page.get_by_role("button", name="Get for free").click()
    expect(page.get_by_text("The licences below are yours.")).to_be_visible()
    _verify(_download(page, buyer, "Reed counter", "YOLO", tmp_path))


def test_a_single_image_is_bought_alone(shop: Shop, page: Page) -> None:
    sign_up(page, new_email("picky"))
    page.goto("/market/?kind=image&q=heron")
    page.get_by_role("article").first.get_by_role("link").first.click()
    page.get_by_role("button", name="Buy now").click()
    _pay(page)
    expect(page.get_by_text("Order of 1 item")).to_be_visible()


def test_ones_own_listing_cannot_be_bought(shop: Shop) -> None:
    shop.page.goto(shop.priced)
    expect(shop.page.get_by_text("This is your own listing.")).to_be_visible()
    expect(shop.page.get_by_role("button", name="Add to cart")).to_have_count(0)


def test_what_was_paid_for_is_given_back(shop: Shop, page: Page, other_page: Page, site: Site, tmp_path: Path) -> None:
    buyer = sign_up(page, new_email("disappointed"))
    page.goto(shop.priced)
    page.get_by_role("button", name="Buy now").click()
    _pay(page)
    expect(page.get_by_text("The licences below are yours.")).to_be_visible()
    order = page.url.partition("?")[0]
    _download(page, buyer, "Doubts", "COCO", tmp_path)
    project = page.url
    _ask_for_a_refund(page, order)
    _approve_the_refund(other_page, site)
    _has_its_money_back(page, order)
    page.goto(project)
    expect(page.get_by_text(re.compile("has ended: refunded on"))).to_be_visible()
    expect(page.get_by_role("link", name="Save the archive")).to_have_count(0)
    shop.page.goto(f"{shop.owner.home}sales/")
    expect(shop.page.get_by_text(f"Refund of {shop.title}").first).to_be_visible()


def _ask_for_a_refund(page: Page, order: str) -> None:
    page.goto(order)
    page.get_by_role("link", name="Ask for a refund").click()
    page.get_by_label("What is wrong").fill("The reeds are labelled as herons.")
    page.get_by_role("button", name="Ask for a refund").click()
    expect(page.get_by_text("Waiting for a decision")).to_be_visible()


def _approve_the_refund(page: Page, site: Site) -> None:
    sign_in_as_moderator(page, site)
    page.goto("/admin/marketplace/refundrequest/?waiting=yes")
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("link", name="Approve", exact=True).click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("The refund is approved.")).to_be_visible()


def _has_its_money_back(page: Page, order: str) -> None:
    give_up = time.monotonic() + REFUND_SECONDS
    page.goto(order)
    while page.get_by_text("Licence ended: refunded on").count() == 0 and time.monotonic() < give_up:
        page.reload()
    expect(page.get_by_text("Licence ended: refunded on")).to_be_visible()
    expect(page.get_by_text("went back to the card it came from")).to_be_visible()
    _keeps_the_file(page, "Credit note LH-C-")


def _keeps_the_file(page: Page, name: str) -> None:
    with page.expect_download() as saved:
        page.get_by_role("link", name=name).click()
    assert Path(saved.value.path()).read_bytes().startswith(b"%PDF-")


def _find(page: Page, words: str, title: str) -> None:
    page.goto("/")
    page.get_by_role("searchbox").first.fill(words)
    page.get_by_role("searchbox").first.press("Enter")
    page.get_by_role("article").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def _pay(page: Page) -> None:
    """With a card that is declined first, then with one that pays."""
    page.get_by_label("Email").fill("card.holder@example.test")
    page.get_by_label("Name on card").fill("C. Holder")
    page.get_by_role("button", name=DECLINED).click()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(page.get_by_text("Your card was declined.")).to_be_visible()
    page.get_by_role("button", name=PAYS).first.click()
    page.get_by_role("button", name=re.compile("^Pay ")).click()


def _download(page: Page, buyer: Person, project: str, form: str, folder: Path) -> Path:
    page.goto(f"{buyer.home}projects/")
    page.get_by_label("Name of the new project").fill(project)
    page.get_by_role("button", name="Start a project with these").click()
    page.get_by_role("button", name="Download", exact=True).click()
    page.get_by_label("Format").select_option(label=form)
    page.get_by_role("button", name="Prepare download").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save the archive").click(timeout=60_000)
    target = folder / "archive.zip"
    saved.value.save_as(target)
    return target


def _verify(archive: Path) -> None:
    """Every file that the manifest names is there with the SHA-256 it says."""
    with zipfile.ZipFile(archive) as opened:
        manifest = json.loads(opened.read("manifest.json"))
        assert manifest["files"]
        for file in manifest["files"]:
            assert hashlib.sha256(opened.read(file["path"])).hexdigest() == file["sha256"], file["path"]
        named = {file["path"] for file in manifest["files"]} | {"manifest.json", "SHA256SUMS"}
        assert set(opened.namelist()) == named


def _is_not_offered_again(page: Page, listing: str) -> None:
    page.goto(listing)
    expect(page.get_by_text("already holds this.")).to_be_visible()
    expect(page.get_by_role("button", name="Add to cart")).to_have_count(0)


def _sales(shop: Shop) -> int:
    """How often the shop's overview says that its dataset was sold; other journeys may have bought it before."""
    shop.page.goto(shop.owner.home)
    return shop.page.get_by_text(f"“{shop.title}” was sold").count()


def _producer_sees_one_more(shop: Shop, before: int) -> None:
    page = shop.page
    page.goto(f"{shop.owner.home}sales/")
    expect(page.get_by_text("10.62")).not_to_have_count(0)
    page.goto(shop.owner.home)
    expect(page.get_by_text(f"“{shop.title}” was sold")).to_have_count(before + 1)
