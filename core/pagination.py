"""Keyset pages: the next page starts after the last row seen, so page 1,000 costs what page 1 costs."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from rest_framework.pagination import CursorPagination as RestCursorPagination

Row = TypeVar("Row", bound=Model)


class CursorPagination(RestCursorPagination):
    ordering: str | tuple[str, ...] = "-id"
    page_size_query_param = "page_size"
    max_page_size = 200


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """One page. `next_url` and `previous_url` are query strings ("?after=…"), empty where there is none."""

    rows: Sequence[Row]
    next_url: str
    previous_url: str


def keyset_page(
    queryset: QuerySet[Row], request: HttpRequest, *, order: Sequence[str], size: int = 50
) -> KeysetPage[Row]:
    """`order` names columns such as ("-listed_at", "-id"); the last must be unique."""
    after, before = _decode(request.GET.get("after")), _decode(request.GET.get("before"))
    backwards = before is not None and len(before) == len(order)
    keys = [_flip(name) for name in order] if backwards else list(order)
    mark = before if backwards else after
    if mark is not None and len(mark) == len(order):
        queryset = queryset.filter(_beyond(keys, mark))
    found = list(queryset.order_by(*keys)[: size + 1])
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, mark is not None)
    return KeysetPage(
        rows,
        _link(request, "after", rows[-1:], order) if has_next else "",
        _link(request, "before", rows[:1], order) if has_previous else "",
    )


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(keys: Sequence[str], mark: Sequence[Any]) -> Q:
    """Rows after `mark`. The leading bound is stated alone as well, since an index can seek on it."""
    condition = Q()
    for depth, name in enumerate(keys):
        same = Q(**{key.lstrip("-"): value for key, value in zip(keys[:depth], mark[:depth], strict=True)})
        condition |= same & Q(**{f"{name.lstrip('-')}__{_past(name)}": mark[depth]})
    return condition & Q(**{f"{keys[0].lstrip('-')}__{_past(keys[0])}e": mark[0]})


def _past(name: str) -> str:
    return "lt" if name.startswith("-") else "gt"


def _link(request: HttpRequest, direction: str, edge: Sequence[Row], order: Sequence[str]) -> str:
    if not edge:
        return ""
    query = request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    query[direction] = _encode([getattr(edge[0], name.lstrip("-")) for name in order])
    return f"?{query.urlencode()}"


def _encode(values: Sequence[Any]) -> str:
    text = json.dumps([v.isoformat() if hasattr(v, "isoformat") else v for v in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(text: str | None) -> list[Any] | None:
    if not text:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    return values if isinstance(values, list) else None
