"""Signed media links for the embedded stack, and what operators' probes ask."""

import mimetypes

from django.conf import settings
from django.core import signing
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import outbox as mailbox
from core import styleguide as guide
from core.storage import opened_link


@require_safe
def media(request: HttpRequest, token: str) -> HttpResponse | FileResponse:
    """Serve one object to whoever holds an unexpired link to it."""
    try:
        key, filename, seconds = opened_link(token)
        handle = default_storage.open(key)
    except (signing.BadSignature, OSError, ValueError) as error:
        raise Http404 from error
    kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
    response = FileResponse(handle, content_type=kind, as_attachment=bool(filename), filename=filename)
    response["Cache-Control"] = f"private, max-age={seconds}, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"
    return response


@require_safe
def styleguide(request: HttpRequest, page: str = "index") -> HttpResponse:
    """Every component in its states, for those who build pages; only in debug mode."""
    if not settings.DEBUG or page not in guide.PAGES:
        raise Http404
    return render(request, guide.PAGES[page], guide.sample())


@require_safe
@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    """The mails that the embedded stack keeps as files instead of sending them."""
    if not mailbox.is_open(request):
        raise Http404
    return render(request, "outbox.html", {"letters": mailbox.letters()})
