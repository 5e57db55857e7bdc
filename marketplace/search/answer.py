"""A page of results: what was asked, or the nearest thing to it that finds something."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace import vocabulary
from marketplace.models import Offer
from marketplace.search import cursors, engine
from marketplace.search.engine import Found
from marketplace.search.query import SearchQuery

PAGE_SIZE = 24


@dataclass(frozen=True)
class Answer:
    """`query` is what was searched in the end; `asked` differs from its text when nothing was found for it.

    `suggestion` is a spelling that might find more. Cursors are empty where there is no page.
    """

    query: SearchQuery
    asked: str
    suggestion: str
    offers: Sequence[Offer]
    found: Found
    after: str
    before: str

    @property
    def was_widened(self) -> bool:
        return self.asked != self.query.text


def answer(query: SearchQuery, *, after: str | None = None, before: str | None = None, size: int = PAGE_SIZE) -> Answer:
    """The page after or before a cursor, or the first. An empty first page is tried again, more widely."""
    asked = query.text
    found, mark, backwards = _page(query, after, before, size)
    suggestion = ""
    if not found.total and query.text:
        query, found = _wider(query, found, size)
    elif query.text and not found.about and found.total < size and mark is None:
        suggestion = vocabulary.respelled(query.text)
    offers = in_order(found.keys)
    if backwards:
        offers.reverse()
    following, preceding = (True, found.more) if backwards else (found.more, mark is not None)
    return Answer(
        query,
        asked,
        suggestion,
        offers,
        found,
        after=_mark(query, offers[-1:]) if following else "",
        before=_mark(query, offers[:1]) if preceding else "",
    )


def in_order(keys: Sequence[int]) -> list[Offer]:
    """What may still be shown of these offers, in this order."""
    rows = Offer.objects.on_market().with_card().in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def _page(query: SearchQuery, after: str | None, before: str | None, size: int) -> tuple[Found, object, bool]:
    forward, back = cursors.decode(after, query.order), cursors.decode(before, query.order)
    mark = forward or back
    backwards = forward is None and back is not None
    return engine.find(query, size=size, mark=mark, backwards=backwards), mark, backwards


def _wider(query: SearchQuery, nothing: Found, size: int) -> tuple[SearchQuery, Found]:
    """Without the words that say nothing («the»), spelled as the market spells, or with any of the words."""
    for text in _wider_texts(query.text):
        wider = query.with_text(text)
        found = engine.find(wider, size=size)
        if found.total:
            return wider, found
    return query, nothing


def _wider_texts(text: str) -> list[str]:
    if engine.says_nothing(text):
        return [""]
    respelled, words = vocabulary.respelled(text), text.split()
    either = " or ".join(words) if len(words) > 1 else ""
    return [candidate for candidate in (respelled, either) if candidate]


def _mark(query: SearchQuery, edge: Sequence[Offer]) -> str:
    return cursors.encode([getattr(edge[0], name.lstrip("-")) for name in query.order]) if edge else ""
