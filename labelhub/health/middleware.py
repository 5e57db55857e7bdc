import time

import structlog
from django.http import HttpRequest, HttpResponse

from core.middleware import GetResponse
from labelhub.health.metrics import REQUESTS, SECONDS

UNREMARKABLE = {"core:media", "healthz", "readyz", "metrics"}
SECRETS_IN_PATHS = ("token", "key")

logger = structlog.get_logger("labelhub.request")


class ObserveMiddleware:
    """Counts, times and logs each request under its route's name. Query strings and secrets in paths stay out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        self._observe(request, response.status_code, time.perf_counter() - begun)
        return response

    def _observe(self, request: HttpRequest, status: int, seconds: float) -> None:
        route = request.resolver_match.view_name if request.resolver_match else "unmatched"
        method = request.method or "GET"
        REQUESTS.labels(route, method, str(status)).inc()
        SECONDS.labels(route, method).observe(seconds)
        if status >= 400 or route not in UNREMARKABLE:
            what = f"{method} {_path(request)}"
            logger.info(what, status=status, milliseconds=round(seconds * 1000))


def _path(request: HttpRequest) -> str:
    found = request.resolver_match.kwargs if request.resolver_match else {}
    path = request.path
    for name in SECRETS_IN_PATHS:
        if value := found.get(name):
            path = path.replace(str(value), "…")
    return path
