"""Finding offers: words, facets, orders, pages, spelling; the same whichever way the engine takes."""

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import MembershipFactory
from marketplace import vocabulary
from marketplace.models import Offer
from marketplace.search import engine
from marketplace.search.answer import Answer, answer
from marketplace.search.query import SearchQuery, from_address
from marketplace.tests.factories import listed

pytestmark = pytest.mark.django_db

WAYS = {
    "sorted": {"FREQUENT": 10**9, "MANY_IN_SAMPLE": 10**9},
    "sorted by what is rare": {"FREQUENT": 10**9, "MANY_IN_SAMPLE": 10**9, "FEW_LEFT": 3, "GLANCE": 2},
    "frequent": {"FREQUENT": 0},
    "walked": {"FREQUENT": 10**9, "MANY_IN_SAMPLE": 0},
    "walked in vain": {"FREQUENT": 10**9, "MANY_IN_SAMPLE": 0, "FIRST_WALK": 1},
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the engine's ways to a page, which small markets would never take."""
    for name, value in WAYS[request.param].items():
        monkeypatch.setattr(engine, name, value)
    Offer.objects.update(draw=0)
    return str(request.param)


def _ask(address: str, **page: str) -> Answer:
    return answer(from_address(QueryDict(address)), size=3, **page)


def _titles(found: Answer) -> list[str]:
    return [offer.title for offer in found.offers]


@pytest.fixture
def market() -> list[Offer]:
    seat = MembershipFactory()
    shapes = [
        ("Street dogs", ("dog",), 900, "research", "EUR"),
        ("Forest walks", ("dog", "tree"), 500, "commercial-training", "EUR"),
        ("Cat portraits", ("cat",), 0, "cc0-1.0", "EUR"),
        ("Harbour boats", ("boat",), 700, "research", "USD"),
        ("Blood smears", ("white blood cell", "red blood cell"), 1500, "research", "EUR"),
    ]
    offers = [
        listed(seat, title=title, labels=labels, price=price, code=code, currency=currency)
        for title, labels, price, code, currency in shapes
    ]
    Offer.objects.update(draw=0)
    return offers


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ("", ["Blood smears", "Harbour boats", "Cat portraits"]),
        ("q=dogs", ["Forest walks", "Street dogs"]),
        ("q=cell", ["Blood smears"]),
        ("label=dog", ["Forest walks", "Street dogs"]),
        ("label=Dog&label=tree", ["Forest walks"]),
        ("q=dog&license=research&price=paid&currency=EUR", ["Street dogs"]),
        ("price=free", ["Cat portraits"]),
        ("allows=commercial&allows=redistribution", ["Cat portraits"]),
        ("currency=EUR&sort=cheapest", ["Cat portraits", "Forest walks", "Street dogs"]),
        ("currency=EUR&sort=dearest&max_price=9", ["Street dogs", "Forest walks", "Cat portraits"]),
        ("currency=EUR&min_price=6.00&max_price=10", ["Street dogs"]),
        ("max_images=2", []),
    ],
)
def test_words_facets_ranges_and_orders(market: list[Offer], way: str, address: str, titles: list[str]) -> None:
    assert _titles(_ask(address)) == titles


def test_pages_follow_one_another_in_both_directions(market: list[Offer], way: str) -> None:
    first = _ask("")
    second = _ask("", after=first.after)
    assert _titles(second) == ["Forest walks", "Street dogs"]
    assert (first.before, second.after) == ("", "")
    back = _ask("", before=second.before)
    assert _titles(back) == _titles(first)
    assert back.after
    assert not back.before


def test_equal_prices_lose_no_offer(market: list[Offer], way: str) -> None:
    Offer.objects.update(price_minor=500)
    seen: list[str] = []
    cursor = ""
    while cursor or not seen:
        found = answer(SearchQuery(facets=("currency:EUR",), sort="cheapest"), size=1, after=cursor)
        seen += _titles(found)
        cursor = found.after
    assert sorted(seen) == ["Blood smears", "Cat portraits", "Forest walks", "Street dogs"]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzEsMl0", "WyJub3QgYSBkYXRlIiwgMV0", "W10", "e30"])
def test_a_cursor_that_makes_no_sense_is_the_first_page(market: list[Offer], cursor: str) -> None:
    assert _titles(_ask("", after=cursor)) == _titles(_ask(""))


def test_counts_are_exact_while_matches_are_few(market: list[Offer]) -> None:
    found = _ask("q=dog").found
    assert (found.total, found.about, found.counts_about) == (2, False, False)
    assert found.facet_counts["label:tree"] == 1
    assert found.facet_counts["license:research"] == 1


def test_counts_are_estimates_from_the_sample_when_matches_are_many(
    market: list[Offer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "FREQUENT", 1)
    Offer.objects.filter(title="Street dogs").update(draw=1)
    found = _ask("").found
    assert (found.total, found.about) == (4 * 16, True)
    assert found.facet_counts["label:boat"] == 16


def test_a_misspelled_word_finds_the_nearest_label(market: list[Offer]) -> None:
    found = _ask("q=dgo")
    assert (found.asked, found.query.text) == ("dgo", "dog")
    assert len(found.offers) == 2
    assert _ask("q=whit blood cel").query.text == "white blood cell"


def test_words_that_never_meet_are_searched_one_by_one(market: list[Offer]) -> None:
    assert _titles(_ask("q=boat cat")) == ["Harbour boats", "Cat portraits"]


def test_words_that_say_nothing_find_everything(market: list[Offer]) -> None:
    assert len(_ask("q=the").offers) == 3


def test_nothing_like_it_finds_nothing(market: list[Offer]) -> None:
    found = _ask("q=xylophonist")
    assert (list(found.offers), found.asked, found.was_widened) == ([], "xylophonist", False)


def test_suspended_producers_are_not_found(market: list[Offer], way: str) -> None:
    organization = market[0].organization
    type(organization).objects.filter(pk=organization.pk).update(suspended_at="2026-01-01T00:00Z")
    assert _titles(_ask("")) == []


def test_suggestions_begin_like_the_word(market: list[Offer]) -> None:
    assert vocabulary.beginning_with("Bo") == ["boat"]
    assert vocabulary.beginning_with("bl") == ["red blood cell", "white blood cell"]
    assert vocabulary.beginning_with("") == []
    assert vocabulary.respelled("dog") == ""


def test_the_page_shows_results_facets_and_chips(client: Client, market: list[Offer]) -> None:
    page = client.get(reverse("marketplace:search"), {"q": "dog", "license": "research"})
    text = page.content.decode()
    assert "Street dogs" in text
    assert "Forest walks" not in text
    assert "1 result" in text
    assert "/market/preview/" in text
    assert [chip["value"] for chip in page.context["chips"]] == ["Research"]


@pytest.mark.parametrize(
    "address",
    [
        "q=" + "x" * 5000,
        "sort=nonsense&min_price=abc&max_images=-3",
        "sort=cheapest",
        "currency=EUR&min_price=1e99&max_images=99999999999999999999",
        "kind=%00&label=%00",
        "q=%22unclosed+-+or+or",
        "currency=%F0%9F%92%B0&min_price=5",
        "after=%FF&before=" + "A" * 3000,
    ],
)
def test_hostile_addresses_answer(client: Client, market: list[Offer], address: str) -> None:
    assert client.get(f"{reverse('marketplace:search')}?{address}").status_code == 200


def test_a_page_takes_a_constant_number_of_queries(
    client: Client, market: list[Offer], django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(20):  # type: ignore[operator]  # pytest-django's
        client.get(reverse("marketplace:search"))
