"""Without a mouse: from the first page to the cart, and from the sign-in page to the workspace."""

from playwright.sync_api import Locator, Page, expect

from e2e.goods import Shop
from e2e.people import new_email, sign_up

MOST_STOPS = 80


def test_from_the_first_page_to_the_cart(shop: Shop, page: Page) -> None:
    sign_up(page, new_email("keyboard"))
    page.goto("/")
    tab_to(page, page.get_by_role("main").get_by_role("searchbox"))
    page.keyboard.type(shop.title)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("main").get_by_role("link", name=shop.title, exact=True))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Add to cart"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_role("link", name=shop.title)).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Pay"))


def test_the_skip_link_passes_the_navigation_by(shop: Shop, page: Page) -> None:
    page.goto(shop.priced)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("main").get_by_role("link").first, most=1)


def test_menus_and_dialogs_open_and_close(page: Page) -> None:
    person = sign_up(page, new_email("opener"))
    page.goto(f"{person.home}projects/")
    tab_to(page, page.get_by_role("button", name="New project"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New project")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="New project")).to_be_focused()


def tab_to(page: Page, wanted: Locator, *, most: int = MOST_STOPS) -> None:
    """Press Tab until the element has the focus."""
    expect(wanted).to_be_visible()
    for _stop in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{most} presses of Tab do not reach {wanted}")
