from allauth.usersessions.middleware import UserSessionsMiddleware
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase

NOTED_EVERY = 60  # seconds


class SessionActivity(UserSessionsMiddleware):  # type: ignore[misc]  # allauth has no types
    """Notes when a session was last seen once a minute, instead of by a write at every request."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.session.session_key
        noted = not key or not cache.add(f"session-seen:{key}", 1, timeout=NOTED_EVERY)
        response: HttpResponseBase = self.get_response(request) if noted else super().__call__(request)
        return response
