"""What stands around a list: sorting heads, filter chips, facets, tabs, crumbs, the pager."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.template.context import RequestContext

from core.kit.attributes import Context
from core.pagination import KeysetPage

register = template.Library()


@register.inclusion_tag("ui/pager.html")
def pager(page: KeysetPage[Any], *, note: str = "") -> Context:
    """Keyset pages know a previous and a next one, never a number; `note` is «1,204 items»."""
    return {"page": page, "note": note}


@register.inclusion_tag("ui/sort_header.html", takes_context=True)
def sort_header(context: RequestContext, label: str, key: str, *, numeric: bool = False, initial: str = "") -> Context:
    """A column head that sorts: `?sort=key`, then `?sort=-key`. `initial` is the default order."""
    query = context["request"].GET.copy()
    current = query.get("sort", initial)
    query["sort"] = f"-{key}" if current == key else key
    for mark in ("after", "before"):
        query.pop(mark, None)
    order = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    return {"label": label, "href": f"?{query.urlencode()}", "order": order, "numeric": numeric}


@register.inclusion_tag("ui/filter_chips.html")
def filter_chips(chips: Iterable[Mapping[str, str]], *, clear_url: str = "") -> Context:
    """chips: name, value, remove_url."""
    return {"chips": chips, "clear_url": clear_url}


@register.inclusion_tag("ui/facet.html")
def facet(title: str, options: Iterable[Mapping[str, Any]], *, opened: bool = True) -> Context:
    """options: label, url, count, selected."""
    return {"title": title, "options": options, "opened": opened}


@register.inclusion_tag("ui/tab.html")
def tab(label: str, href: str, *, current: bool = False, count: int | None = None) -> Context:
    """Goes into <nav class="tabs" aria-label="…">."""
    return {"label": label, "href": href, "current": current, "count": count}


@register.inclusion_tag("ui/crumb.html")
def crumb(label: str, href: str = "") -> Context:
    """Goes into a shell's crumbs block; the last one has no href."""
    return {"label": label, "href": href}
