"""`Idempotency-Key`: a write that is sent again gets the first answer again, and has no second effect.

    class Orders(OrganizationAPIView):
        @idempotent
        def post(self, request: Request, slug: str) -> Response: ...

The handler runs in one transaction together with the stored answer, so either both are kept or neither. Refusals
are not kept: the same key may be sent again once the cause is gone. Never use it where the answer holds a secret.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Conflict, Invalid
from core.models import IdempotencyRecord

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
KEPT_FOR = timedelta(days=2)

Handler = Callable[..., Response]

_ABOUT_KEY = "Any text you choose, such as a UUID. Sent again with the same body, the first answer is repeated."


def idempotency_parameter(*, required: bool = False) -> OpenApiParameter:
    """The header as the API's document describes it."""
    return OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=required, description=_ABOUT_KEY)


def idempotent(handler: Handler) -> Handler:
    """Wrap an API handler. Without the header it runs as ever."""

    @wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not key:
            return handler(view, request, *args, **kwargs)
        if len(key) > LONGEST_KEY:
            raise Invalid(_("An idempotency key has at most 255 characters."), field=HEADER)
        caller, fingerprint = f"user:{request.user.pk}", _fingerprint(request)
        with transaction.atomic():
            _claim(caller, key)
            stored = IdempotencyRecord.objects.filter(caller=caller, key=key).first()
            if stored is not None:
                return _replay(stored, fingerprint)
            response = handler(view, request, *args, **kwargs)
            _store(caller, key, fingerprint, response)
            return response

    documented: Handler = extend_schema(parameters=[idempotency_parameter()])(once)
    return documented


def purge_expired() -> int:
    """Forget answers older than KEPT_FOR; returns how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _claim(caller: str, key: str) -> None:
    """A twin that is still running holds the lock until its transaction ends; waiting would hold a connection too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{caller} {key}"])
        (free,) = cursor.fetchone()
    if not free:
        message = _("The first request with this key is still running. Send it again in a moment.")
        raise Conflict(message, code="idempotency_in_progress", field=HEADER)


def _replay(stored: IdempotencyRecord, fingerprint: str) -> Response:
    if stored.fingerprint != fingerprint:
        message = _("This key was already used for a different request. Use a new key for a new request.")
        raise Conflict(message, code="idempotency_key_reused", field=HEADER)
    return Response(stored.body, status=stored.status, headers={"Idempotent-Replayed": "true"})


def _store(caller: str, key: str, fingerprint: str, response: Response) -> None:
    if response.status_code >= 400:
        transaction.set_rollback(True)
        return
    body = json.loads(JSONRenderer().render(response.data) or b"null")
    IdempotencyRecord.objects.create(
        caller=caller, key=key, fingerprint=fingerprint, status=response.status_code, body=body
    )


def _fingerprint(request: Request) -> str:
    """Method, address and body; the order of JSON keys and white space do not count."""
    try:
        body = json.dumps(request.data, sort_keys=True)
    except TypeError as error:
        raise UnsupportedMediaType(request.content_type) from error
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n{body}".encode()).hexdigest()
