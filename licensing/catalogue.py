"""Brings the offered licences into the database: run by migrations, safe to run at any time."""

import hashlib
from typing import Any

from django.utils import timezone

from licensing.rules.presets import PRESETS, Preset
from licensing.rules.spdx import CURATED, OpenLicense
from licensing.rules.terms import to_data


def sync(licenses: Any) -> None:
    """`licenses` is the manager of License, as it is or as a migration knows it. Adds, never changes."""
    for preset in PRESETS:
        _add(licenses, preset.code, preset.version, _preset_row(preset))
        older = licenses.filter(code=preset.code, version__lt=preset.version, retired_at=None)
        older.update(retired_at=timezone.now())
    for found in CURATED:
        _add(licenses, found.spdx_id.lower(), 1, open_row(found))


def open_row(found: OpenLicense) -> dict[str, Any]:
    text = f"{found.title} ({found.spdx_id})\n\n{found.summary}\n\nThe text that counts: {found.url}\n"
    return {
        "preset": "open",
        "title": found.title,
        "spdx_id": found.spdx_id,
        "url": found.url,
        "summary": found.summary,
        "terms": to_data(found.terms),
        **with_hash(text),
    }


def with_hash(text: str) -> dict[str, str]:
    return {"text": text, "text_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _preset_row(preset: Preset) -> dict[str, Any]:
    return {
        "preset": preset.code,
        "title": preset.title,
        "summary": preset.summary,
        "terms": to_data(preset.terms),
        **with_hash(preset.text),
    }


def _add(licenses: Any, code: str, version: int, row: dict[str, Any]) -> None:
    """A migration may know fewer columns than this page does."""
    known = {field.name for field in licenses.model._meta.get_fields()}
    licenses.get_or_create(code=code, version=version, defaults={k: v for k, v in row.items() if k in known})
