"""What an archive holds, worked out from purchases alone, so that equal purchases make equal archives."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

LAYOUT = 2
"""Raised when the archive's layout changes: an archive made under another layout is another archive."""


@dataclass(frozen=True)
class Purchase:
    """One licence held: a whole manifest, or the one asset of it."""

    title: str
    manifest_id: int
    manifest_sha256: str
    producer: str
    """The pseudonym, which licences ask to be credited."""
    license_id: int
    license_code: str
    license_version: int
    license_sha256: str
    format: str
    """The id of the format that its labels are to be written in."""
    asset_id: int | None = None
    asset_sha256: str = ""


@dataclass(frozen=True)
class Part:
    """One folder of the archive: a manifest under a licence, whole or only the named assets."""

    folder: str
    title: str
    manifest_id: int
    manifest_sha256: str
    producer: str
    license_id: int
    license_code: str
    license_version: int
    license_sha256: str
    format: str
    asset_ids: tuple[int, ...] | None
    asset_sha256s: tuple[str, ...]


def parts(purchases: Iterable[Purchase]) -> list[Part]:
    """Purchases of one manifest under one licence share a folder; the whole manifest includes its single assets."""
    groups: dict[tuple[str, str], list[Purchase]] = defaultdict(list)
    for purchase in purchases:
        groups[purchase.manifest_sha256, purchase.license_sha256].append(purchase)
    return [_part(groups[key]) for key in sorted(groups)]


def _part(group: Sequence[Purchase]) -> Part:
    whole = [purchase for purchase in group if purchase.asset_id is None]
    first = min(whole or group, key=lambda purchase: (purchase.title, purchase.asset_sha256))
    singles = {} if whole else {p.asset_sha256: p.asset_id for p in group if p.asset_id is not None}
    ordered = sorted(singles.items())
    name = _slug(first.title) if whole else "images"
    return Part(
        folder=f"{name}-{first.manifest_sha256[:8]}-{first.license_code}",
        title=first.title if whole else "",
        manifest_id=first.manifest_id,
        manifest_sha256=first.manifest_sha256,
        producer=first.producer,
        license_id=first.license_id,
        license_code=first.license_code,
        license_version=first.license_version,
        license_sha256=first.license_sha256,
        format=first.format,
        asset_ids=None if whole else tuple(asset_id for _, asset_id in ordered),
        asset_sha256s=tuple(sha256 for sha256, _ in ordered),
    )


def content_key(found: Sequence[Part], format_id: str) -> str:
    """SHA-256 of everything that decides the archive's bytes; database ids do not."""
    said = [{key: value for key, value in asdict(part).items() if not key.endswith(("_id", "_ids"))} for part in found]
    text = json.dumps([LAYOUT, format_id, said], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "dataset"
