"""The one way to send mail: plain text, sent after the transaction, by a worker."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from core.tasks import deliver


def send(*, template: str, to: str, context: Mapping[str, Any]) -> None:
    """Render `mail/<template>.txt` (first line is the subject) now; hand it to a worker on commit."""
    values = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, **context}
    subject, _, body = render_to_string(f"mail/{template}.txt", values).strip().partition("\n")
    post(subject=subject, body=body, to=to)


def post(*, subject: str, body: str, to: str) -> None:
    """When the broker is away, what the person did stands and the mail is logged as lost."""
    letter = partial(deliver.delay, subject=subject.strip(), body=body.strip() + "\n", to=to)
    transaction.on_commit(letter, robust=True)
