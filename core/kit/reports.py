"""Charts with a table behind, measured quality, and the licence card."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template

from core.kit import overlays
from core.kit.attributes import Context
from core.kit.figures import number

register = template.Library()


@register.inclusion_tag("ui/bar_list.html")
def bar_list(rows: Iterable[Mapping[str, Any]], *, label: str, limit: int = 0) -> Context:
    """rows: label, count and, when wanted, href and color_index. Bars are relative to the longest one."""
    rows = list(rows)
    most = max((row["count"] for row in rows), default=0) or 1
    bars = [
        {
            **row,
            "share": f"{100 * row['count'] / most:.1f}",
            "css": overlays.color_class(row["color_index"]) if "color_index" in row else "",
            "letter": overlays.letter(row["color_index"]) if "color_index" in row else "",
        }
        for row in rows
    ]
    return {"bars": bars[:limit] if limit else bars, "rest": bars[limit:] if limit else [], "label": label}


@register.inclusion_tag("ui/line_chart.html")
def line_chart(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, unit: str = "") -> Context:
    """columns: the horizontal axis, then one name for each line; rows hold the same, as numbers."""
    return {"title": title, "columns": columns, "rows": list(rows), "unit": unit}


@register.inclusion_tag("ui/quality.html")
def quality(value: float, low: float, high: float, checked: int, *, label: str = "") -> Context:
    """A measured accuracy from 0 to 1 with its confidence interval and how many items were checked."""
    start = min(0.9, int(low * 10) / 10)
    span = 1 - start
    return {
        "value": value,
        "margin": number(100 * max(high - value, value - low), 1),
        "low": low,
        "high": high,
        "checked": checked,
        "label": label,
        "start": start,
        "range": f"left: {100 * (low - start) / span:.2f}%; width: {100 * (high - low) / span:.2f}%",
        "point": f"left: {100 * (value - start) / span:.2f}%",
    }


@register.inclusion_tag("ui/licence_card.html")
def licence_card(
    title: str,
    *,
    commercial: Mapping[str, str],
    redistribute: Mapping[str, str],
    train: Mapping[str, str],
    credit: Mapping[str, str],
    summary: str = "",
    href: str = "",
) -> Context:
    """Four fixed questions, each a dict: answer ("yes", "no" or "limited"), word, and a note if needed."""
    return {
        "title": title,
        "commercial": commercial,
        "redistribute": redistribute,
        "train": train,
        "credit": credit,
        "summary": summary,
        "href": href,
    }
