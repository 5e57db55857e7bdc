"""The trail of who did what to which object, and how it reads.

Each app says once, beside its services, how its verbs read: `audit.phrases({"team.invited": _("invited {email}")})`.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Protocol

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from core.models import AuditEntry
from core.request_id import current_request_id

_VALUE = re.compile(r"«?\{\w+\}»?")
_PHRASES: dict[str, str | Promise] = {}


class _Row(Protocol):
    pk: Any


def record(
    *,
    actor: _Row | None,
    verb: str,
    subject: Model,
    organization: _Row | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Write who did what; call it inside the service's transaction. `actor` is None for the system itself."""
    AuditEntry.objects.create(
        actor_id=actor.pk if actor else None,
        organization_id=organization.pk if organization else None,
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=str(getattr(subject, "public_id", subject.pk)),
        data=dict(data or {}),
        request_id=current_request_id(),
    )


def trail(*, organization: _Row) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(organization_id=organization.pk).select_related("actor")


def trail_about(*, subject: Model) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(
        subject_type=subject._meta.label_lower, subject_id=str(getattr(subject, "public_id", subject.pk))
    ).select_related("actor")


def phrases(texts: Mapping[str, str | Promise]) -> None:
    """How verbs read after a person's name; braces take values of the entry's data."""
    _PHRASES.update(texts)


def known_verbs() -> dict[str, str]:
    """Each verb with its phrase, the values left open, for a filter's choices, in the order of the alphabet."""
    open_phrases = {verb: _VALUE.sub("…", str(text)) for verb, text in _PHRASES.items()}
    return dict(sorted(open_phrases.items(), key=lambda each: each[1]))


def sentence(entry: AuditEntry) -> str:
    """What was done, to be read after the name of who did it."""
    text = str(_PHRASES.get(entry.verb, entry.verb.replace(".", ": ").replace("_", " ")))
    return text.format_map(defaultdict(lambda: "…", entry.data))
