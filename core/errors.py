"""What can go wrong by a person's doing, and the one shape in which the API says so."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.request_id import current_request_id


class DomainError(Exception):
    """Raised by services. `message` is for people, `code` for programs, `field` names the wrong input."""

    status = 400
    code = "invalid"

    def __init__(self, message: str, *, code: str = "", field: str = "", data: Mapping[str, Any] | None = None):
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.data = dict(data or {})


class Invalid(DomainError):
    pass


class Forbidden(DomainError):
    status = 403
    code = "forbidden"


class NotFound(DomainError):
    status = 404
    code = "not_found"


class Conflict(DomainError):
    status = 409
    code = "conflict"


class TooLarge(DomainError):
    status = 413
    code = "too_large"


class TooMany(DomainError):
    status = 429
    code = "too_many"


class Unavailable(DomainError):
    """A service we depend on does not answer; the same request may succeed later."""

    status = 503
    code = "unavailable"


def error_body(
    code: str,
    message: str,
    fields: Mapping[str, list[str]] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    body: dict[str, Any] = {"code": code, "message": message, "fields": dict(fields or {})}
    if data:
        body["data"] = dict(data)
    return {"error": {**body, "request_id": current_request_id()}}


def domain_error_body(error: DomainError) -> dict[str, Any]:
    fields = {error.field: [error.message]} if error.field else {}
    return error_body(error.code, error.message, fields, error.data)


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's hook: every failure leaves in one shape."""
    if isinstance(exc, DomainError):
        return Response(domain_error_body(exc), status=exc.status)
    response = exception_handler(exc, context)
    if response is None:
        return None
    response.data = _framework_error_body(exc, response.data)
    return response


def _framework_error_body(exc: Exception, data: Any) -> dict[str, Any]:
    if isinstance(exc, exceptions.ValidationError):
        return error_body("invalid", _("Some of what was sent is not right."), _flatten(data))
    if isinstance(exc, Http404):
        return error_body("not_found", _("There is nothing here, or it is not yours to see."))
    if isinstance(exc, PermissionDenied):
        return error_body("forbidden", str(exc) or _("Your role does not allow this."))
    code = exc.default_code if isinstance(exc, exceptions.APIException) else "error"
    return error_body(code, str(data.get("detail", exc)) if isinstance(data, dict) else str(exc))


def _flatten(data: Any, prefix: str = "") -> dict[str, list[str]]:
    """Nested serializer errors as dotted field names."""
    if isinstance(data, dict):
        pairs = [_flatten(value, f"{prefix}.{key}".strip(".")) for key, value in data.items()]
    elif isinstance(data, list) and any(isinstance(value, dict | list) for value in data):
        pairs = [_flatten(value, f"{prefix}.{index}".strip(".")) for index, value in enumerate(data) if value]
    else:
        return {prefix or "non_field_errors": [str(v) for v in (data if isinstance(data, list) else [data])]}
    return {key: value for pair in pairs for key, value in pair.items()}
