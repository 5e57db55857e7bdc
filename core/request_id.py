"""The id that ties a request's log lines, its jobs and the error a person reports together."""

import re
import secrets

import structlog

_ACCEPTED = re.compile(r"^[A-Za-z0-9_-]{8,36}$")


def begin(given: str = "") -> str:
    """Bind a request id to this context; a proxy's own id is kept when it is well formed."""
    request_id = given if _ACCEPTED.match(given) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    return request_id


def current_request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
