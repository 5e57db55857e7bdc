from collections.abc import Mapping
from typing import Any, Protocol

from django.db.models import Model

from core.models import AuditEntry
from core.request_id import current_request_id


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
