from typing import Any

from django import template

from licensing.models import License
from licensing.wording import card

register = template.Library()


@register.inclusion_tag("ui/licence_card.html")
def card_of(license_: License, *, linked: bool = True) -> dict[str, Any]:
    """{% card_of license %}: the four answers of a licence, with a link to its page."""
    return {
        "title": license_.title,
        "summary": license_.summary,
        "href": license_.get_absolute_url() if linked else "",
        **card(license_.as_terms),
    }
