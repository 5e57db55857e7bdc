from django.urls import path

from payments.sandbox import (
    account_links,
    accounts,
    accounts_v2,
    balances,
    charges,
    dashboard,
    events,
    hooks,
    onboarding_pages,
    pages,
    sessions,
)
from payments.sandbox.api import resource

urlpatterns = [
    path("", dashboard.home),
    path("healthz", pages.health),
    path("style.css", pages.style),
    path("c/pay/<session_id>", pages.pay, name="pay"),
    path("c/confirm/<session_id>", pages.confirm, name="confirm"),
    path("c/onboard/<link_id>", onboarding_pages.onboard, name="onboard"),
    path("dashboard", dashboard.home, name="dashboard"),
    path("dashboard/events/<event_id>", dashboard.event, name="event"),
    path("dashboard/events/<event_id>/resend", dashboard.resend, name="resend"),
    path("v1/checkout/sessions", resource(GET=sessions.listing, POST=sessions.create)),
    path("v1/checkout/sessions/<identifier>", resource(GET=sessions.retrieve)),
    path("v1/checkout/sessions/<identifier>/line_items", resource(GET=sessions.line_items)),
    path("v1/checkout/sessions/<identifier>/expire", resource(POST=sessions.expire)),
    path("v1/payment_intents", resource(GET=charges.list_intents)),
    path("v1/payment_intents/<identifier>", resource(GET=charges.retrieve_intent)),
    path("v1/charges", resource(GET=charges.list_charges)),
    path("v1/charges/<identifier>", resource(GET=charges.retrieve_charge)),
    path("v1/refunds", resource(GET=charges.list_refunds, POST=charges.create_refund)),
    path("v1/refunds/<identifier>", resource(GET=charges.retrieve_refund)),
    path("v1/accounts", resource(GET=accounts.listing, POST=accounts.create)),
    path("v1/accounts/<identifier>", resource(GET=accounts.retrieve, POST=accounts.update)),
    path("v1/accounts/<identifier>/reject", resource(POST=accounts.reject)),
    path("v1/account_links", resource(POST=account_links.create)),
    path("v2/core/accounts", resource(GET=accounts_v2.listing, POST=accounts_v2.create)),
    path("v2/core/accounts/<identifier>", resource(GET=accounts_v2.retrieve, POST=accounts_v2.update)),
    path("v2/core/account_links", resource(POST=account_links.create_v2)),
    path("v1/balance", resource(GET=balances.retrieve)),
    path("v1/balance_transactions", resource(GET=balances.listing)),
    path("v1/balance_transactions/<identifier>", resource(GET=balances.retrieve_entry)),
    path("v1/events", resource(GET=events.listing)),
    path("v1/events/<identifier>", resource(GET=events.retrieve)),
    # Not Stripe's: how programs pay, and how tests move time and break things.
    path("sandbox/checkout/sessions/<identifier>/pay", resource(POST=hooks.pay)),
    path("sandbox/accounts/<identifier>/onboard", resource(POST=hooks.onboard)),
    path("sandbox/controls", resource(POST=hooks.turn)),
    path("sandbox/reset", resource(POST=hooks.reset)),
    path("sandbox/faults", resource(POST=hooks.add_fault)),
]
handler404 = pages.not_found
handler500 = pages.failed
