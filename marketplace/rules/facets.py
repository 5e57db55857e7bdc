"""Facets: the words `group:value` under which an offer is found. One list says which groups there are."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from licensing.rules.terms import Terms, Verdict, four_answers

LONGEST_LABEL = 100
# Upper bounds (exclusive) and names; the last bound is open.
IMAGE_COUNTS: tuple[tuple[float, str], ...] = (
    (100, "1-99"),
    (1_000, "100-999"),
    (10_000, "1000-9999"),
    (float("inf"), "10000+"),
)
MEGAPIXELS: tuple[tuple[float, str], ...] = (
    (0.3, "under-0.3"),
    (2, "0.3-2"),
    (12, "2-12"),
    (float("inf"), "over-12"),
)
SINGLE_CHOICE = ("kind", "license", "price", "currency", "images", "size", "shape", "producer")
MANY_CHOICE = ("label", "allows")
GROUPS = (*SINGLE_CHOICE, *MANY_CHOICE)
ALLOWED = {
    "commercial": "commercial_use",
    "redistribution": "redistribution",
    "shipping-models": "ship_model",
}


@dataclass(frozen=True)
class Goods:
    """What is offered, as far as search asks. Sizes are pixels: the median of a dataset's images."""

    kind: str
    item_count: int
    width: int
    height: int
    labels: Sequence[str]
    shapes: Sequence[str]


def facet(group: str, value: str) -> str:
    return f"{group}:{value}"


def split(token: str) -> tuple[str, str]:
    """`label:red cell` -> ("label", "red cell"); ("", …) when the group is unknown."""
    group, _colon, value = token.partition(":")
    return (group, value) if group in GROUPS else ("", token)


def label_key(name: str) -> str:
    """One spelling for a class name: lower case, single spaces."""
    return " ".join(name.casefold().split())[:LONGEST_LABEL]


def facets_of(goods: Goods, *, preset: str, terms: Terms, price_minor: int, currency: str, producer: str) -> list[str]:
    pairs = [
        ("kind", goods.kind),
        ("license", preset),
        price_pair(price_minor),
        ("currency", currency),
        ("size", bucket(goods.width * goods.height / 1e6, MEGAPIXELS)),
        ("producer", producer),
        *(("allows", value) for value in allowances(terms)),
        *(("shape", shape) for shape in goods.shapes),
        *(("label", label_key(name)) for name in goods.labels),
    ]
    if goods.kind == "dataset":
        pairs.append(("images", bucket(goods.item_count, IMAGE_COUNTS)))
    return list(dict.fromkeys(facet(group, value) for group, value in pairs))


def price_pair(price_minor: int) -> tuple[str, str]:
    return "price", "paid" if price_minor else "free"


def bucket(value: float, bounds: Sequence[tuple[float, str]]) -> str:
    return next(name for bound, name in bounds if value < bound)


def allowances(terms: Terms) -> list[str]:
    """What both images and labels allow, if only on the licence's own condition of passing it on unchanged."""
    parts = [four_answers(terms.images), four_answers(terms.labels)]
    return [
        name
        for name, question in ALLOWED.items()
        if all(getattr(part, question).verdict == Verdict.YES or _same_license(part, question) for part in parts)
    ]


def _same_license(answers: object, question: str) -> bool:
    return bool(getattr(answers, question).code == "pass-on-same-license")


def by_frequency(counts: Mapping[str, int]) -> list[str]:
    """Names, the most frequent first; equal ones in alphabetical order."""
    return sorted((name for name, count in counts.items() if count), key=lambda name: (-counts[name], name))


def labels_of(annotations: Iterable[Mapping[str, object]]) -> list[str]:
    return by_frequency(Counter(str(annotation["class"]) for annotation in annotations))


def shapes_of(annotations: Iterable[Mapping[str, object]]) -> list[str]:
    return sorted({str(annotation["kind"]) for annotation in annotations})
