from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Membership
from accounts.permissions import Capability
from accounts.web import workspace
from jobs.models import Job
from labelhub.overview import activity, reading
from labelhub.overview.steps import tracks

JOBS_SHOWN = 5


@workspace(needs={"GET": Capability.VIEW})
def overview(request: HttpRequest, membership: Membership) -> HttpResponse:
    """What is going on in the workspace, and the one next step."""
    figures = reading.figures(membership.organization)
    running = Job.objects.for_organization(membership.organization).active().select_related("organization")
    context = {
        "figures": figures,
        "money": reading.money(membership),
        "tracks": tracks(membership, figures),
        "jobs": running.order_by("-id")[:JOBS_SHOWN],
        "events": activity.latest(membership),
    }
    return render(request, "workspace/overview.html", context)
