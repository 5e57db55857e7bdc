"""`{% load ui %}`: the component kit, a tag for each element of templates/ui/. `/styleguide/` shows all."""

from django import template

from core.kit import browsers, elements, figures, forms, lists, media, openers, reports, shell, trail

register = template.Library()

for part in (browsers, elements, figures, forms, lists, media, openers, reports, shell, trail):
    register.tags |= part.register.tags
    register.filters |= part.register.filters
