"""Addresses that mails and hosted pages lead back to."""

from django.conf import settings
from django.urls import reverse

from accounts.models import Organization


def payouts_url(organization: Organization, page: str) -> str:
    return str(settings.SITE_URL) + reverse(f"payouts:{page}", args=[organization.slug])
