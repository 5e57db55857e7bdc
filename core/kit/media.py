"""Media with drawn labels: the card, the justified grid, the label tag, the listing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template

from core.kit import overlays
from core.kit.attributes import Context

register = template.Library()


@register.inclusion_tag("ui/label_tag.html")
def label_tag(name: str, color_index: int, *, count: int | None = None, href: str = "") -> Context:
    css, letter = overlays.color_class(color_index), overlays.letter(color_index)
    return {"name": name, "css": css, "letter": letter, "count": count, "href": href}


def card(
    *,
    src: str,
    width: int,
    height: int,
    href: str = "",
    alt: str = "",
    caption: str = "",
    shapes: Sequence[overlays.Shape] = (),
    names: bool = False,
    select_value: str = "",
    selected: bool = False,
) -> Context:
    """The plain data of a media card. Width and height are of the pixels that shapes are measured in."""
    return {
        "src": src,
        "width": width,
        "height": height,
        "ratio": f"{width / height:.4f}",
        "href": href,
        "alt": alt,
        "caption": caption,
        "shapes": [overlays.drawn(shape, width, height) for shape in shapes],
        "names": names,
        "select_value": select_value,
        "selected": selected,
    }


@register.inclusion_tag("ui/media_card.html")
def media_card(**arguments: Any) -> Context:
    """One card; the arguments are those of `card`."""
    return {"card": card(**arguments)}


@register.inclusion_tag("ui/media_grid.html")
def media_grid(items: Iterable[Mapping[str, Any]], *, size: str = "", label: str = "") -> Context:
    """Justified rows. Items are dicts of the arguments of `card`; size is "", "small" or "large"."""
    return {"cards": [card(**item) for item in items], "size": size, "label": label}


def offer(
    *,
    title: str,
    href: str,
    cover: Sequence[Mapping[str, Any]],
    price: int,
    currency: str,
    producer: str,
    items: int,
    price_note: str = "",
    licence: str = "",
    quality: float | None = None,
) -> Context:
    """The plain data of a listing in the market. `cover` is up to three media cards; `price` 0 is free."""
    return {
        "title": title,
        "href": href,
        "cover": [card(**item) for item in cover[:3]],
        "price": price,
        "currency": currency,
        "producer": producer,
        "items": items,
        "price_note": price_note,
        "licence": licence,
        "quality": quality,
    }


@register.inclusion_tag("ui/listing.html")
def listing(**arguments: Any) -> Context:
    """One dataset in the market; the arguments are those of `offer`."""
    return {"offer": offer(**arguments)}


@register.inclusion_tag("ui/listings.html")
def listings(items: Iterable[Mapping[str, Any]]) -> Context:
    """The grid of listings. Items are dicts of the arguments of `offer`."""
    return {"offers": [offer(**item) for item in items]}
