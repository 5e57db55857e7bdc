"""The entries of a COCO file as a stream: one pass, bounded memory, and what was read before a fault is kept."""

import re
from collections.abc import Iterator
from typing import Any

import ijson

from datasets.formats.checks import quoted
from datasets.formats.model import Problem, Source

SECTIONS = ("categories", "images", "annotations")
CHUNK = 2**16
MAX_ENTRY = 4 * 2**20
"""Bytes that may go by without an entry ending: bounds what the parser builds in memory."""
_NOT_JSON = re.compile(rb"(?<=[\[,:\s])-?(?:NaN|Infinity)(?=[\],}\s])")
_LONGEST = len(b"-Infinity")

Entry = tuple[str, dict[str, Any]]


def entries(source: Source, name: str) -> Iterator[Entry | Problem]:
    """Section and entry, in the order of the file."""
    parsers = {section: ijson.sendable_list() for section in SECTIONS}
    machines = [ijson.items_coro(parsers[section], f"{section}.item", use_float=True) for section in SECTIONS]
    waited = 0
    try:
        for chunk in _chunks(source, name):
            waited += len(chunk)
            for machine in machines:
                machine.send(chunk)
            for section, ready in parsers.items():
                waited = 0 if ready else waited
                yield from ((section, entry) for entry in ready if isinstance(entry, dict))
                ready.clear()
            if waited > MAX_ENTRY:
                message = f"An entry is larger than {MAX_ENTRY // 2**20} MB; the rest was not read."
                yield Problem(name, "too_large", message)
                return
        for machine in machines:
            machine.close()
    except (ijson.JSONError, OSError, UnicodeError) as error:
        yield Problem(name, "json", f"The JSON breaks off: {quoted(str(error))} What came before was read.")


def _chunks(source: Source, name: str) -> Iterator[bytes]:
    """The file's bytes, with NaN and Infinity, which are not JSON but which Python writes, made null."""
    held = b""
    with source.open(name) as stream:
        while chunk := stream.read(CHUNK):
            text = _NOT_JSON.sub(b"null", held + chunk)
            # A word cut in two by the chunk's end waits for the next one, with the byte before it.
            text, held = text[: -_LONGEST - 1], text[-_LONGEST - 1 :]
            yield text
    yield _NOT_JSON.sub(b"null", held)


def looks_like_coco(source: Source, name: str) -> bool:
    """Whether one of COCO's sections is seen in the file's first megabyte."""
    with source.open(name) as stream:
        head = stream.read(2**20)
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and bool(
        re.search(rb'"(images|annotations|categories)"\s*:\s*\[', head)
    )
