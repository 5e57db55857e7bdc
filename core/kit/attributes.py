"""HTML attributes from the keyword arguments of a template tag."""

from collections.abc import Mapping
from typing import Any

from django.forms.utils import flatatt
from django.utils.safestring import SafeString

Context = dict[str, Any]


def html_attributes(given: Mapping[str, Any]) -> SafeString:
    """hx_post="/x/" -> hx-post="/x/"; True is a bare attribute, False, None and "" are left out."""
    kept = {name.replace("_", "-"): value for name, value in given.items() if value not in (None, "", False)}
    return flatatt(kept)
