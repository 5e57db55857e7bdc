"""Headers that limit what a page may load and who may keep it."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.middleware import GetResponse

Policy = Mapping[str, Sequence[str]]


class HeadersMiddleware:
    """Adds the content security policy and a cache rule to answers that set none themselves."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        # The name and shape of Django 6, whose own middleware can take over.
        self._policy = policy_text(settings.SECURE_CSP)
        self._admin_policy = policy_text({**settings.SECURE_CSP, **settings.SECURE_CSP_ADMIN})

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _is_debug_page(response):
            response.headers.setdefault("Content-Security-Policy", self._policy_for(request))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    def _policy_for(self, request: HttpRequest) -> str:
        match = request.resolver_match
        return self._admin_policy if match and match.app_name == "admin" else self._policy


def policy_text(policy: Policy) -> str:
    return "; ".join(f"{directive} {' '.join(sources)}" for directive, sources in policy.items())


def _is_debug_page(response: HttpResponse) -> bool:
    """Django's own error pages for developers carry their style and script inside."""
    return settings.DEBUG and response.status_code in {404, 500}
