import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from core import request_id
from core.errors import DomainError, domain_error_body

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        current = request_id.begin(request.headers.get("X-Request-Id", ""))
        response = self.get_response(request)
        response["X-Request-Id"] = current
        return response


class DomainErrorMiddleware:
    """Turns a service's refusal into a page, a toast or JSON, whichever the caller asked for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if request.headers.get("HX-Request"):
            return toast(HttpResponse(status=error.status), error.message, "error")
        if "application/json" in request.headers.get("Accept", ""):
            return JsonResponse(domain_error_body(error), status=error.status)
        return render(request, "errors/domain.html", {"error": error}, status=error.status)


def toast(response: HttpResponse, message: str, kind: str = "success") -> HttpResponse:
    """Ask the page to show a short message; `kind` is success, info, warning or error."""
    response["HX-Trigger"] = json.dumps({"toast": {"message": message, "kind": kind}})
    return response
