import json
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found, server_error

from core import request_id
from core.errors import DomainError, NotFound, domain_error_body, error_body

API_PREFIX = "/api/"
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
            return nothing_here(request, Http404())
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Http404):
            return nothing_here(request, error)
        if not isinstance(error, DomainError):
            return None
        if request.headers.get("HX-Request"):
            return toast(HttpResponse(status=error.status), error.message, "error")
        if "application/json" in request.headers.get("Accept", ""):
            return JsonResponse(domain_error_body(error), status=error.status)
        return render(request, "errors/domain.html", {"error": error}, status=error.status)


def nothing_here(request: HttpRequest, error: Http404) -> HttpResponse:
    """The page for people, the one shape of errors for programs."""
    if request.path_info.startswith(API_PREFIX):
        return JsonResponse(domain_error_body(NotFound(_("There is no such address. See /api/docs/."))), status=404)
    return page_not_found(request, error)


def failed(request: HttpRequest) -> HttpResponse:
    """What Django shows when a view fell: the page for people, the one shape of errors for programs."""
    if request.path_info.startswith(API_PREFIX):
        message = _("Something failed here, and is logged under this request_id. Try again in a minute.")
        return JsonResponse(error_body("server_error", message), status=500)
    return server_error(request)


def toast(response: HttpResponse, message: str, kind: str = "success") -> HttpResponse:
    """Ask the page to show a short message; `kind` is success, info, warning or error."""
    response["HX-Trigger"] = json.dumps({"toast": {"message": message, "kind": kind}})
    return response
