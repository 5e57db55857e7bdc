"""A manifest as bytes: the file whose SHA-256 is the manifest's name.

The first line holds the classes, every further line one item, in order. A line is canonical JSON (keys sorted, no
spaces, UTF-8, whole numbers without a fraction) and ends with a line feed. So `sha256sum` on the downloaded file
proves that nothing in a version was changed.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

FORMAT = "labelhub-manifest-1"

ManifestLabel = TypedDict(
    "ManifestLabel",
    {
        "class": str,
        "kind": str,
        "geometry": dict[str, Any],
        "attributes": dict[str, Any],
        "confidence": float | None,
        "provenance": str,
    },
)


class ManifestEntry(TypedDict):
    """One file and its labels as sold; sizes in pixels and bytes."""

    name: str
    sha256: str
    media_type: str
    width: int
    height: int
    byte_size: int
    split: str
    annotations: list[ManifestLabel]


def lines(classes: Sequence[Mapping[str, Any]], entries: Iterable[ManifestEntry]) -> Iterator[bytes]:
    """The manifest file, line by line; memory stays that of one line."""
    yield line(header(classes))
    for entry in entries:
        yield line(entry)


def header(classes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"format": FORMAT, "classes": list(classes)}


def line(value: Mapping[str, Any]) -> bytes:
    return canonical(value).encode() + b"\n"


def sha256(content: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    return digest.hexdigest()


def canonical(value: object) -> str:
    """The one way to write a JSON value; ValueError for what JSON cannot say, such as NaN."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> object:
    """Whole numbers as integers all the way down: 5.0 and 5 are one number, and must hash as one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
