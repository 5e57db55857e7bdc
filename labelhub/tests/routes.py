"""Every route of the site, with real objects put in its address."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PLACE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True)
class Route:
    """`needs` is what the frames of accounts declare: a capability for each open method, or nothing."""

    path: str
    needs: Mapping[str, str] | None

    @property
    def is_api(self) -> bool:
        return self.path.startswith("api/")

    @property
    def has_objects(self) -> bool:
        return len(_PLACE.findall(self.path)) > 1

    def address(self, ids: Mapping[str, str]) -> str:
        """With an object in each place."""
        words = [_word(self.path, place) for place in _PLACE.finditer(self.path)]
        unknown = [word for word in words if word not in ids]
        assert not unknown, f"/{self.path} needs an object for {unknown}: add one to labelhub/tests/world.py"
        return "/" + _PLACE.sub(lambda _place: ids[words.pop(0)], self.path)


def all_routes() -> list[Route]:
    """Those of libraries, which use regular expressions, are left to their own tests."""
    found = _routes(get_resolver().url_patterns, "")
    return [route for route in found if not route.path.startswith(("admin/", "accounts/"))]


def _routes(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", pattern.callback)
            yield Route(path, getattr(view, "needs", None))


def _word(path: str, place: re.Match[str]) -> str:
    """What a place holds: the word before it, and for numbers, slugs and secrets their kind."""
    before = path[: place.start()].rstrip("/").rpartition("/")[2]
    if "<" in before:
        before = path[: place.start()].rstrip("/").split("/")[-2]
    if place["kind"] in {"int", "slug"} and place["name"] != "slug":
        return f"{before} {place['kind']}"
    return f"{before} secret" if place["name"] == "secret" else before
