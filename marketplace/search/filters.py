"""The filters beside the results: facets with counts, chips of what is chosen, orders. All live in the address."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licensing.models import License
from marketplace.rules.facets import GROUPS, MANY_CHOICE, split
from marketplace.search.answer import Answer
from marketplace.search.query import PRICE_SORTS, RANGES, SORTS, SearchQuery

Pairs = list[tuple[str, str]]
SHOWN = 12
TITLES: dict[str, Promise] = {
    "kind": gettext_lazy("Kind"),
    "label": gettext_lazy("Label"),
    "license": gettext_lazy("Licence"),
    "allows": gettext_lazy("Allows"),
    "price": gettext_lazy("Price"),
    "currency": gettext_lazy("Currency"),
    "images": gettext_lazy("Number of images"),
    "size": gettext_lazy("Image size"),
    "shape": gettext_lazy("Labelled with"),
    "producer": gettext_lazy("Producer"),
}
VALUES: dict[tuple[str, str], Promise] = {
    ("kind", "dataset"): gettext_lazy("Datasets"),
    ("kind", "image"): gettext_lazy("Single images"),
    ("kind", "video"): gettext_lazy("Videos"),
    ("price", "free"): gettext_lazy("Free"),
    ("price", "paid"): gettext_lazy("Paid"),
    ("images", "1-99"): gettext_lazy("Under 100"),
    ("images", "100-999"): gettext_lazy("100 to 999"),
    ("images", "1000-9999"): gettext_lazy("1,000 to 9,999"),
    ("images", "10000+"): gettext_lazy("10,000 and more"),
    ("size", "under-0.3"): gettext_lazy("Under 0.3 megapixels"),
    ("size", "0.3-2"): gettext_lazy("0.3 to 2 megapixels"),
    ("size", "2-12"): gettext_lazy("2 to 12 megapixels"),
    ("size", "over-12"): gettext_lazy("Over 12 megapixels"),
    ("allows", "commercial"): gettext_lazy("Commercial use"),
    ("allows", "redistribution"): gettext_lazy("Passing it on"),
    ("allows", "shipping-models"): gettext_lazy("Shipping models"),
    ("shape", "tag"): gettext_lazy("Tags"),
    ("shape", "box"): gettext_lazy("Boxes"),
    ("shape", "polygon"): gettext_lazy("Polygons"),
    ("shape", "polyline"): gettext_lazy("Lines"),
    ("shape", "keypoints"): gettext_lazy("Keypoints"),
    ("shape", "mask"): gettext_lazy("Masks"),
    **{("license", preset.value): preset.label for preset in License.Preset},
}
SORT_TITLES: dict[str, Promise] = {
    "newest": gettext_lazy("Newest"),
    "cheapest": gettext_lazy("Price, low to high"),
    "dearest": gettext_lazy("Price, high to low"),
    "sold": gettext_lazy("Most sold"),
}
RANGE_TITLES: dict[str, Promise] = {
    "min_price": gettext_lazy("Price from"),
    "max_price": gettext_lazy("Price to"),
    "min_images": gettext_lazy("Images from"),
    "max_images": gettext_lazy("Images to"),
}
OPENED = {"kind", "label", "license"}
GROUP_ORDER = ("kind", "label", "license", "allows", "price", "currency", "images", "size", "shape")


def chosen_pairs(query: SearchQuery, given: QueryDict) -> Pairs:
    """What the address asks, without cursors and without what made no sense."""
    pairs: Pairs = [("q", query.text)] if query.text else []
    pairs += [split(token) for token in query.facets]
    pairs += [(name, str(given[name])) for name in RANGES if getattr(query, name) is not None]
    return [*pairs, ("sort", query.sort)] if query.sort != "newest" else pairs


def address(pairs: Pairs) -> str:
    return f"?{urlencode(pairs)}" if pairs else "?"


def chips(pairs: Pairs) -> list[dict[str, str]]:
    return [
        {
            "name": str(TITLES.get(name) or RANGE_TITLES[name]),
            "value": value_title(name, value),
            "remove_url": address([pair for pair in pairs if pair != (name, value) and not _leans_on(pair, name)]),
        }
        for name, value in pairs
        if name in TITLES or name in RANGE_TITLES
    ]


def _leans_on(pair: tuple[str, str], removed: str) -> bool:
    """Prices mean nothing once their currency is gone."""
    return removed == "currency" and (
        pair[0] in {"min_price", "max_price"} or pair in {("sort", s) for s in PRICE_SORTS}
    )


def facets(answer: Answer, pairs: Pairs) -> list[dict[str, Any]]:
    """Each group with its most frequent values. One value at a time, save labels and permissions, which add up."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for token, count in answer.found.facet_counts.items():
        group, value = split(token)
        found[group].append((value, count))
    base = urlencode(pairs)
    groups = [_group(group, found[group], pairs, base, about=answer.found.counts_about) for group in GROUP_ORDER]
    return [group for group in groups if group["options"]]


def _group(group: str, counts: Sequence[tuple[str, int]], pairs: Pairs, base: str, *, about: bool) -> dict[str, Any]:
    chosen = [value for name, value in pairs if name == group]
    options = [_chosen_option(group, value, pairs) for value in chosen]
    if not chosen or group in MANY_CHOICE:
        ranked = sorted((pair for pair in counts if pair[0] not in chosen), key=lambda pair: (-pair[1], pair[0]))
        options += [_option(group, value, count, base, about=about) for value, count in ranked[:SHOWN]]
    return {
        "title": str(TITLES[group]),
        "options": options,
        "opened": bool(chosen) or group in {"kind", "label", "license"},
    }


def _chosen_option(group: str, value: str, pairs: Pairs) -> dict[str, Any]:
    url = address([pair for pair in pairs if pair != (group, value) and not _leans_on(pair, group)])
    return {"label": value_title(group, value), "url": url, "count": None, "selected": True}


def _option(group: str, value: str, count: int, base: str, *, about: bool) -> dict[str, Any]:
    url = f"?{base}&{urlencode({group: value})}" if base else f"?{urlencode({group: value})}"
    shown = rounded(count) if about else count
    return {"label": value_title(group, value), "url": url, "count": shown, "about": about, "selected": False}


def value_title(group: str, value: str) -> str:
    return str(VALUES.get((group, value), value))


def rounded(count: int) -> int:
    """An estimate to two digits: 31,584 is about 32,000."""
    scale: int = 10 ** max(0, len(str(count)) - 2)
    return round(count / scale) * scale


def sorts(query: SearchQuery, pairs: Pairs) -> list[dict[str, Any]]:
    """Prices compare within one currency, so those orders show once one is chosen."""
    without = [pair for pair in pairs if pair[0] != "sort"]
    return [
        {"label": str(SORT_TITLES[name]), "url": address([*without, ("sort", name)]), "selected": name == query.sort}
        for name in SORTS
        if query.currency or name not in PRICE_SORTS
    ]


def ranges(query: SearchQuery, pairs: Pairs, given: QueryDict) -> dict[str, Any]:
    """The form of prices and counts: what it keeps, and its fields. A price field needs a currency to be chosen."""
    fields = [
        {"name": name, "label": str(RANGE_TITLES[name]), "value": given.get(name, "")}
        for name in RANGES
        if query.currency or not name.endswith("price")
    ]
    return {"kept": [pair for pair in pairs if pair[0] not in RANGES], "fields": fields}


def pager(answer: Answer, pairs: Pairs) -> dict[str, str]:
    """As the kit's pager takes it."""
    return {
        "next_url": address([*pairs, ("after", answer.after)]) if answer.after else "",
        "previous_url": address([*pairs, ("before", answer.before)]) if answer.before else "",
    }


def total_text(answer: Answer) -> str:
    found = answer.found
    facts: Mapping[str, str] = {"count": f"{rounded(found.total) if found.about else found.total:,}"}
    if found.about:
        return _("About %(count)s results") % facts
    return _("1 result") if found.total == 1 else _("%(count)s results") % facts


assert set(GROUP_ORDER) | {"producer"} == set(GROUPS)  # noqa: S101  # a new group needs a place here
