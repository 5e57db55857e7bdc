"""A browser's long name for itself, as people know it."""

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# The first that matches counts: most browsers also claim to be Chrome or Safari, and Android to be Linux.
BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"(?:OPR|Opera)/(\d+)"),
    ("Samsung Internet", r"SamsungBrowser/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:Chrome|CriOS|Chromium)/(\d+)"),
    ("Safari", r"Version/(\d+).*Safari/"),
)
SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows NT"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)
LONGEST = 60


@register.filter
def browser(user_agent: str | None) -> str:
    """Firefox 131 on Windows; what is no known browser keeps the beginning of its own words."""
    text = user_agent or ""
    name = next((f"{name} {found[1]}" for name, form in BROWSERS if (found := re.search(form, text))), "")
    system = next((name for name, form in SYSTEMS if re.search(form, text)), "")
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or text[:LONGEST] or _("Unknown browser")
