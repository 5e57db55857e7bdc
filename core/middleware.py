import json
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.defaults import page_not_found

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
    """Turns a service's refusal into a page, a toast or JSON, whichever the caller asked for.

    What is not found has one page, in debug mode too: Django's own would list every address of the site.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and request.resolver_match is None:
            return page_not_found(request, Http404())
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Http404):
            return page_not_found(request, error)
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
