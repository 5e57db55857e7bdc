"""The audit trail in words."""

from django import template

from core import audit

register = template.Library()
register.filter("sentence", audit.sentence)
