"""A question to the market, as an address or a program asks it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.money import minor
from marketplace.rules.facets import MANY_CHOICE, SINGLE_CHOICE, facet, label_key, split

LONGEST_TEXT = 200
MOST_FACETS = 12
MOST_MINOR = 10**12
# The columns of each order; `public` names are what addresses say.
SORTS: Mapping[str, tuple[str, ...]] = {
    "newest": ("-listed_at", "-id"),
    "cheapest": ("price_minor", "id"),
    "dearest": ("-price_minor", "-id"),
    "sold": ("-sold_count", "-id"),
}
PRICE_SORTS = {"cheapest", "dearest"}
RANGES = ("min_price", "max_price", "min_images", "max_images")


@dataclass(frozen=True)
class SearchQuery:
    """`facets` are `group:value`; prices in minor units, only with a currency facet; ranges include their ends."""

    text: str = ""
    facets: tuple[str, ...] = ()
    sort: str = "newest"
    min_price: int | None = None
    max_price: int | None = None
    min_images: int | None = None
    max_images: int | None = None
    dropped: tuple[str, ...] = field(default=(), compare=False)

    @property
    def order(self) -> tuple[str, ...]:
        return SORTS[self.sort]

    @property
    def currency(self) -> str:
        return self.value_of("currency")

    def value_of(self, group: str) -> str:
        return next((value for name, value in map(split, self.facets) if name == group), "")

    def with_text(self, text: str) -> "SearchQuery":
        return replace(self, text=text)


def from_address(given: QueryDict) -> SearchQuery:
    """What a page's address asks. What makes no sense there is left out and named in `dropped`."""
    given = _storable(given)
    dropped: list[str] = []
    facets = _facets(given)
    currency = facet_value(facets, "currency")
    ranges = {name: _number(given.get(name, ""), name, currency, dropped) for name in RANGES}
    sort = given.get("sort", "newest")
    if sort not in SORTS or (sort in PRICE_SORTS and not currency):
        dropped.append("sort")
        sort = "newest"
    return SearchQuery(given.get("q", "").strip()[:LONGEST_TEXT], facets, sort, **ranges, dropped=tuple(dropped))


def checked(query: SearchQuery) -> SearchQuery:
    """For programs: what `from_address` would leave out is refused instead, naming the field."""
    if query.sort not in SORTS:
        raise Invalid(_("Sort by newest, cheapest, dearest or sold."), field="sort")
    if not query.currency and (query.sort in PRICE_SORTS or query.min_price is not None or query.max_price is not None):
        raise Invalid(_("Prices compare within one currency. Give currency too."), field="currency")
    return query


def _storable(given: QueryDict) -> QueryDict:
    """Without the one character that PostgreSQL has no place for."""
    return QueryDict(given.urlencode().replace("%00", ""))


def facet_value(facets: Sequence[str], group: str) -> str:
    return SearchQuery(facets=tuple(facets)).value_of(group)


def _facets(given: QueryDict) -> tuple[str, ...]:
    single = [(group, given.get(group, "")) for group in SINGLE_CHOICE]
    many = [(group, value) for group in MANY_CHOICE for value in given.getlist(group)]
    pairs = [(group, label_key(value) if group == "label" else value.strip()[:100]) for group, value in single + many]
    return tuple(dict.fromkeys(facet(group, value) for group, value in pairs if value))[:MOST_FACETS]


def _number(text: str, name: str, currency: str, dropped: list[str]) -> int | None:
    """Prices are written in whole units of the currency («12.50»), counts as they are."""
    if not text.strip():
        return None
    try:
        if name.endswith("images"):
            value = int(text)
        elif currency:
            value = minor(text.strip(), currency)
        else:
            raise ValueError(name)
    except ValueError:
        dropped.append(name)
        return None
    return min(max(value, 0), MOST_MINOR)
