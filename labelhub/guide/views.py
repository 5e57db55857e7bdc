from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labelhub.guide.pages import neighbours, pages


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    return render(request, "guide/contents.html", {"pages": pages().values()})


@require_safe
def one_page(request: HttpRequest, page: str) -> HttpResponse:
    if page not in pages():
        raise Http404
    context = {"page": pages()[page], "pages": pages().values(), **neighbours(page)}
    return render(request, "guide/page.html", context)
