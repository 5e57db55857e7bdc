"""Public pages of the licences."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import access
from licensing.models import License
from licensing.wording import expert_rows


@require_safe
def licenses(request: HttpRequest) -> HttpResponse:
    return render(request, "licensing/licenses.html", {"licenses": License.objects.catalogue()})


@require_safe
def license_detail(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """One version, for good: what was sold under it can always be read."""
    found = access.get(License.objects.published(), code=code, version=version)
    context = {"license": found, "expert": expert_rows(found.as_terms), "newest": found.newest()}
    return render(request, "licensing/license.html", context)
