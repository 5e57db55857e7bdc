from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labelhub.guide.pages import neighbours, pages


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    return render(request, "guide/contents.html", {"pages": pages().values()})


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    if slug not in pages():
        raise Http404
    context = {"page": pages()[slug], "pages": pages().values(), **neighbours(slug)}
    return render(request, "guide/page.html", context)
