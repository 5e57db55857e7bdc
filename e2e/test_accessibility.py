"""R6: every page that links lead to, checked by axe for WCAG 2.2 AA and for sideways scrolling.

Desktop in light and phone in dark: each size and each theme once, since neither changes what the other shows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page, ViewportSize

from e2e.goods import Shop
from e2e.people import new_email, sign_in_as_moderator, sign_up
from e2e.site import Site

AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
FAULTS = f"""async () => (await axe.run(document, {RULES})).violations
    .filter(({{ impact }}) => impact === "serious" || impact === "critical")
    .map(({{ id, nodes }}) => `${{id}}: ${{nodes[0].html.slice(0, 200)}}`)"""
PAGE_LINKS = "a[href]:not([download], [hx-get])"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOKS: list[tuple[str, ViewportSize, Any]] = [
    ("desktop", {"width": 1280, "height": 800}, "light"),
    ("phone", {"width": 390, "height": 844}, "dark"),
]
NO_PAGES = {
    *("api-schema", "core:media", "datasets:asset-download", "datasets:version-manifest"),
    *("datasets:upload-outcomes-csv", "selling:sales_export", "projects:file"),
    *("payouts:statement_export", "payouts:history_export"),
}


def test_what_strangers_see(page: Page, shop: Shop) -> None:
    seen = _walk(page, ["/", "/accounts/login/", shop.priced, shop.free])
    assert {"marketplace:search", "marketplace:dataset", "account_signup", "api-docs"} <= seen


def test_what_a_producer_sees(shop: Shop) -> None:
    home = shop.owner.home
    seen = _walk(shop.page, [home, f"{home}listings/", "/account/"])
    assert {
        "datasets:gallery",
        "datasets:item",
        "selling:sales",
        "payouts:statement",
        "accounts:tokens",
        "usersessions_list",
    } <= seen


def test_what_a_newcomer_sees(page: Page, shop: Shop) -> None:
    person = sign_up(page, new_email("newcomer"))
    page.goto(shop.free)
    page.get_by_role("button", name="Get for free").click()
    page.wait_for_url("**/orders/**")
    seen = _walk(page, [f"{person.home}projects/", f"{person.home}cart/", page.url])
    assert {"buying:order", "projects:list", "buying:cart"} <= seen


@pytest.mark.timeout(900)  # dozens of kinds of pages, on a machine that may be busy
def test_what_a_moderator_sees(page: Page, site: Site, shop: Shop) -> None:
    sign_in_as_moderator(page, site)
    seen = _walk(page, ["/admin/"])
    assert {"admin:accounts_user_change", "admin:marketplace_offer_change", "admin:jobs_job_change"} <= seen


def _walk(page: Page, starts: list[str]) -> set[str]:
    """Look at one address of each route that links lead to. Returns the routes' names."""
    waiting, seen, faults = [urlsplit(start).path for start in starts], set[str](), list[str]()
    while waiting:
        path = waiting.pop(0)
        name = _route(path)
        if not name or name in seen:
            continue
        seen.add(name)
        faults += [f"{path}: {fault}" for fault in _faults(page, path)]
        waiting += page.eval_on_selector_all(
            "a[href]:not([download], [hx-get])", "links => links.map(link => link.pathname)"
        )
    assert not faults, "\n".join(faults)
    return seen


def _route(path: str) -> str:
    """The name of the page's route; empty for what is no page of ours, or changes with every look."""
    try:
        name = resolve(path).view_name
    except Resolver404:
        return ""
    return "" if name in NO_PAGES else name


def _faults(page: Page, path: str) -> Iterator[str]:
    for look, size, theme in LOOKS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size(size)
        page.goto(path)
        page.evaluate(AXE.read_text())
        yield from (f"{look}: {fault}" for fault in page.evaluate(FAULTS))
        if page.evaluate(OVERFLOW) > 0:
            yield f"{look}: scrolls sideways"
