"""The entries of a COCO file as a stream: one pass, bounded memory, and what was read before a fault is kept."""

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import ijson

from datasets.formats.checks import quoted
from datasets.formats.model import Problem, Source

SECTIONS = ("categories", "images", "annotations")
CHUNK = 2**16
MAX_ENTRY = 4 * 2**20
"""Bytes that may go by without an entry ending: bounds what the parser builds in memory."""
MAX_DEPTH = 64
_NOT_JSON = re.compile(rb"(?<=[\[,:\s])-?(?:NaN|Infinity)(?=[\],}\s])")
_LONGEST = len(b"-Infinity")
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS = bytes(set(range(256)) - _STEP.keys())

Entry = tuple[str, dict[str, Any]]


def entries(source: Source, name: str) -> Iterator[Entry | Problem]:
    """Section and entry, in the order of the file."""
    found = {section: ijson.sendable_list() for section in SECTIONS}
    parsers = [ijson.items_coro(found[section], f"{section}.item", use_float=True) for section in SECTIONS]
    waited, fault = 0, ""
    try:
        for chunk in _chunks(source, name):
            fault = _feed(parsers, chunk)
            waited = 0 if any(found.values()) else waited + len(chunk)
            yield from _drained(found)
            if waited > MAX_ENTRY:
                fault = f"an entry is larger than {MAX_ENTRY // 2**20} MB"
            if fault:
                break
    except (OSError, ValueError) as error:
        fault = str(error)
    fault = fault or _feed(parsers, b"")
    if fault:
        yield Problem(name, "json", f"The JSON breaks off: {quoted(fault)} What came before was read.")


def _feed(parsers: list[Any], chunk: bytes) -> str:
    """Give each parser the chunk, an empty one being the end; answer why it is not JSON, or empty."""
    fault = ""
    for parser in parsers:
        try:
            parser.send(chunk)
        except StopIteration:
            continue
        except (ijson.JSONError, ValueError) as error:
            fault = str(error)
    return fault


def _drained(found: dict[str, Any]) -> Iterator[Entry]:
    for section, ready in found.items():
        yield from ((section, entry) for entry in ready if isinstance(entry, dict))
        ready.clear()


def _chunks(source: Source, name: str) -> Iterator[bytes]:
    """The file's bytes, with NaN and Infinity, which are not JSON but which Python writes, made null."""
    held, depth = b"", _Depth()
    with source.open(name) as stream:
        while chunk := stream.read(CHUNK):
            depth.check(chunk)
            text = _NOT_JSON.sub(b"null", held + chunk)
            # A word cut in two by the chunk's end waits for the next one, with the byte before it.
            text, held = text[: -_LONGEST - 1], text[-_LONGEST - 1 :]
            if text:  # the parser takes nothing for the end
                yield text
    yield _NOT_JSON.sub(b"null", held)


class _Depth:
    """Refuses deep nesting before the parser sees it: what that costs the parser grows with the depth's square."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._held = b""

    def check(self, chunk: bytes) -> None:
        text = self._held + chunk
        cut = len(text) - (len(text) - len(text.rstrip(b"\\"))) % 2
        text, self._held = text[:cut], text[cut:]
        pieces = _ESCAPED.sub(b"", text).split(b'"')
        outside = b"".join(pieces[self._in_string :: 2])
        self._in_string = self._in_string == bool(len(pieces) % 2)
        steps = map(_STEP.__getitem__, outside.translate(None, _NOT_BRACKETS))
        depths = list(accumulate(steps, initial=self._depth))
        self._depth = depths[-1]
        if max(depths) > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")


def looks_like_coco(source: Source, name: str) -> bool:
    """Whether one of COCO's sections is seen in the file's first megabyte."""
    with source.open(name) as stream:
        head = stream.read(2**20)
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and bool(
        re.search(rb'"(images|annotations|categories)"\s*:\s*\[', head)
    )
