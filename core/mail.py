"""The one way to send mail: a template of two parts, sent after the transaction, by a worker."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string

from core.tasks import deliver


def send(*, template: str, to: str, context: Mapping[str, Any]) -> None:
    """Render `mail/<template>.txt` (first line is the subject) now; hand it to a worker on commit."""
    subject, _, body = render_to_string(f"mail/{template}.txt", dict(context)).strip().partition("\n")
    transaction.on_commit(partial(deliver.delay, subject=subject.strip(), body=body.strip() + "\n", to=to))
