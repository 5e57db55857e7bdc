"""The dashboard's page of switches: the clock, failing calls, trouble for events."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from payments.sandbox import controls, faults, switches
from payments.sandbox.dashboard_money import acted
from payments.sandbox.store import Store, transaction

PAGE = "/dashboard/switches"
STEPS = {"1 hour": 3600, "1 day": 24 * 3600, "1 week": 7 * 24 * 3600}
PATHS = (
    "/v1/checkout/sessions",
    "/v1/refunds",
    "/v1/accounts",
    "/v1/account_links",
    "/v1/transfers",
    "/v1/transfers/*/reversals",
    "/v1/payouts",
    "/v1/disputes/*",
    "/v1/*",
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    with transaction() as store:
        context = {
            "now": store.now,
            "controls": controls.read(store),
            "steps": STEPS,
            "faults": store.rows("select * from faults order by id"),
            "fault_kinds": faults.KINDS,
            "paths": PATHS,
            "switches": store.rows("select * from delivery_switches order by id"),
            "switch_kinds": switches.KINDS,
        }
    return render(request, "dashboard_switches.html", context)


@require_POST
def turn_clock(request: HttpRequest) -> HttpResponse:
    """Ahead by a step, or back to now."""
    step = STEPS.get(request.POST.get("step", ""), 0)
    sql = "update controls set ahead = case when %s > 0 then ahead + %s else 0 end"
    return acted(request, PAGE, lambda store: store.run(sql, [step, step]))


@require_POST
def negative(request: HttpRequest) -> HttpResponse:
    sql = "update controls set negative_balances = not negative_balances"
    return acted(request, PAGE, lambda store: store.run(sql))


@require_POST
def add_fault(request: HttpRequest) -> HttpResponse:
    path, kind = request.POST.get("path", ""), request.POST.get("kind", "")
    return acted(request, PAGE, lambda store: faults.add(store, path=path, kind=kind, times=times(request)))


@require_POST
def add_switch(request: HttpRequest) -> HttpResponse:
    kind, kinds = request.POST.get("kind", ""), request.POST.get("type", "*")
    return acted(request, PAGE, lambda store: switches.add(store, kind=kind, type=kinds, times=times(request)))


@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    return acted(request, PAGE, clear_all)


def clear_all(store: Store) -> None:
    store.run("delete from faults")
    switches.clear(store)


def times(request: HttpRequest) -> int:
    given = request.POST.get("times", "1")
    return int(given) if given.isdecimal() else 0
