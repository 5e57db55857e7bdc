"""A small dashboard: the newest sessions and events, and how their deliveries went."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from payments.sandbox import controls, events
from payments.sandbox.store import transaction

SHOWN = 30

EVENTS = """
select data, attempts, due_at, delivered_at, given_up, held_by, last_answer, url
from objects left join lateral (
    select * from deliveries where event_id = objects.id order by id desc limit 1
) latest on true
where kind = 'event' order by sequence desc limit %s
"""
SESSIONS = "select data from objects where kind = 'checkout.session' order by sequence desc limit %s"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    with transaction() as store:
        context = {
            "sessions": [row["data"] for row in store.rows(SESSIONS, [SHOWN])],
            "events": store.rows(EVENTS, [SHOWN]),
            "endpoints": controls.endpoint_urls(store),
            "shown": SHOWN,
        }
    return render(request, "dashboard.html", context)


@require_safe
def event(request: HttpRequest, event_id: str) -> HttpResponse:
    with transaction() as store:
        found = store.find(event_id)
        if found is None or found["object"] != "event":
            return render(request, "missing.html", status=404)
        deliveries = store.rows("select * from deliveries where event_id = %s order by id desc limit 50", [event_id])
    context = {"event": found, "text": json.dumps(found, indent=2), "deliveries": deliveries}
    return render(request, "event.html", context)


@require_POST
def resend(request: HttpRequest, event_id: str) -> HttpResponse:
    with transaction() as store:
        found = store.find(event_id)
        if found is None or found["object"] != "event":
            return render(request, "missing.html", status=404)
        events.send(store, found)
    return HttpResponseRedirect(reverse("event", args=[event_id]))
