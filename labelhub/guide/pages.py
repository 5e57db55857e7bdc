"""The pages of docs/guide as HTML. The files do not change while a process runs, so each is read once."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

FOLDER = Path(settings.BASE_DIR) / "docs" / "guide"
ORDER = (
    "start",
    "uploading",
    "labelling",
    "importing-labels",
    "versions",
    "selling",
    "getting-paid",
    "licences",
    "buying",
    "budgets",
    "downloading",
    "teams",
    "programs",
    "operating",
)
_OF_PAGE = re.compile(r"([a-z-]+)\.md(#.*)?")


@dataclass(frozen=True)
class Page:
    slug: str
    title: str
    summary: str
    """Its first paragraph, as plain text."""
    html: SafeString
    """What follows the first paragraph."""

    def get_absolute_url(self) -> str:
        return reverse("guide:page", args=[self.slug])


@cache
def pages() -> dict[str, Page]:
    """Every page by its slug, in the order in which they are read."""
    return {slug: _page(slug, (FOLDER / f"{slug}.md").read_text()) for slug in ORDER}


def neighbours(slug: str) -> dict[str, Page | None]:
    """The pages before and after."""
    place = ORDER.index(slug)
    around = {"previous": ORDER[place - 1 : place], "next": ORDER[place + 1 : place + 2]}
    return {name: pages()[found[0]] if found else None for name, found in around.items()}


def _page(slug: str, text: str) -> Page:
    """A file begins with its title and a paragraph of plain text that sums it up."""
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")
    tokens = markdown.parse(text)
    title, summary = (token.content for token in tokens[:6] if token.type == "inline")
    _name_headings(tokens)
    _name_cells(tokens)
    for token in tokens:
        token.children = list(_with_links(token.children or ()))
    html = markdown.renderer.render(tokens[6:], markdown.options, {})
    return Page(slug, title, " ".join(summary.split()), mark_safe(html))  # noqa: S308  # our own text, raw HTML is off


def _name_headings(tokens: Sequence[Token]) -> None:
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", slugify(inline.content))


def _name_cells(tokens: Sequence[Token]) -> None:
    """A row begins with its own name; on a phone its other cells tell their columns', as everywhere on the site."""
    names: list[str] = []
    place = 0
    for token, inside in pairwise(tokens):
        if token.type == "thead_open":
            names = []
        elif token.type == "th_open":
            names.append(inside.content)
        elif token.type == "tr_open":
            place = 0
        elif token.type in {"td_open", "td_close"}:
            _name_cell(token, names, place)
            place += token.type == "td_close"


def _name_cell(token: Token, columns: Sequence[str], place: int) -> None:
    """Beside a row's name, a single further cell needs none."""
    if not place:
        token.tag = "th"
    if token.type == "td_open" and not place:
        token.attrSet("scope", "row")
    elif token.type == "td_open" and len(columns) > 2:
        token.attrSet("data-label", columns[place])


def _with_links(tokens: Sequence[Token]) -> Iterator[Token]:
    """Links between pages lead to their addresses here; what lies elsewhere in the repository is only named."""
    dropped = False
    for token in tokens:
        href = str(token.attrGet("href") or "")
        if token.type == "link_open" and (found := _OF_PAGE.fullmatch(href)):
            token.attrSet("href", reverse("guide:page", args=[found[1]]) + (found[2] or ""))
        dropped = href.startswith("../") if token.type == "link_open" else dropped
        if not (dropped and token.type in {"link_open", "link_close"}):
            yield token


class _Renderer(RendererHTML):
    """Tables and code as the site has them."""

    def table_open(self, tokens: Sequence[Token], idx: int, *rest: object) -> str:
        return '<div class="table-wrap"><table class="table">'

    def table_close(self, tokens: Sequence[Token], idx: int, *rest: object) -> str:
        return "</table></div>"

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"{self.renderToken(tokens, idx, options, env)}<span>"

    def td_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"</span>{self.renderToken(tokens, idx, options, env)}"

    def fence(self, tokens: Sequence[Token], idx: int, *rest: object) -> str:
        return render_to_string("guide/partials/code.html", {"text": tokens[idx].content.rstrip()})

    def code_block(self, tokens: Sequence[Token], idx: int, *rest: object) -> str:
        return self.fence(tokens, idx)
