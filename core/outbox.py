"""The embedded stack's mails, which are files: so a newcomer can follow the link in the first one."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest

SHOWN = 50


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    sent: datetime
    body: str


def is_open(request: HttpRequest) -> bool:
    """Only in the embedded stack without SMTP, and only from this machine or its network: mails carry sign-in links."""
    by_files = settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")
    return bool(settings.EMBEDDED and by_files and _is_near(request))


def letters() -> list[Letter]:
    """The newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)[:SHOWN]
    return [_read(file) for file in files]


def _read(file: Path) -> Letter:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101  # the default policy makes these
    text = message.get_content().rpartition("-" * 79)[0]  # Django ends each message with a rule
    return Letter(str(message["to"]), str(message["subject"]), parsedate_to_datetime(message["date"]), text.strip())


def _is_near(request: HttpRequest) -> bool:
    if "X-Forwarded-For" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_private
    except ValueError:
        return False
