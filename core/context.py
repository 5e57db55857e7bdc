from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core import outbox


def site(request: HttpRequest) -> dict[str, Any]:
    return {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, "outbox_open": outbox.is_open(request)}
