"""The rooms of a workspace in its navigation. A room whose route does not exist is left out."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.kit.attributes import Context

register = template.Library()


@dataclass(frozen=True)
class Room:
    route: str
    label: Promise
    icon: str
    needs: str = ""  # a capability of accounts.permissions


MAKE = (
    Room("workspace:overview", _("Overview"), "layout-dashboard"),
    Room("datasets:media", _("Media"), "images"),
    Room("datasets:list", _("Datasets"), "database"),
)
TRADE = (
    Room("selling:sales", _("Sales"), "receipt-text", "view_money"),
    Room("payouts:payouts", _("Payouts"), "landmark", "view_money"),
    Room("buying:purchases", _("Purchases"), "shopping-bag", "buy"),
    Room("projects:list", _("Projects"), "folder-kanban", "buy"),
    Room("budgets:budgets", _("Budgets"), "wallet", "view_money"),
)
RUN = (
    Room("jobs:list", _("Jobs"), "list-checks"),
    Room("accounts:team", _("Team"), "users"),
    Room("accounts:settings", _("Settings"), "settings"),
)
ON_PHONE = 4


@register.simple_tag
def nav_url(route: str, *args: Any) -> str:
    """The address of a route, or "" when there is no such route."""
    try:
        return reverse(route, args=args)
    except NoReverseMatch:
        return ""


def _entries(rooms: tuple[Room, ...], context: RequestContext) -> list[Context]:
    slug, path = context["organization"].slug, context["request"].path
    open_rooms = [room for room in rooms if not room.needs or room.needs in context["capabilities"]]
    urls = [(room, nav_url(room.route, slug)) for room in open_rooms]
    return [
        {
            "label": room.label,
            "icon": room.icon,
            "url": url,
            "current": _inside(path, url, home=room is MAKE[0]),
        }
        for room, url in urls
        if url
    ]


def _inside(path: str, url: str, *, home: bool) -> bool:
    return path == url if home else path.startswith(url)


@register.simple_tag(takes_context=True)
def rooms(context: RequestContext) -> Context:
    """{% rooms as nav %}: nav.groups for the rail, nav.first for the phone's bar."""
    groups = [group for group in (_entries(part, context) for part in (MAKE, TRADE, RUN)) if group]
    return {"groups": groups, "first": [entry for group in groups for entry in group][:ON_PHONE]}


ACCOUNT_PAGES = (
    Room("accounts:profile", _("Profile"), "user"),
    Room("account_email", _("Email"), "mail"),
    Room("account_change_password", _("Password"), "lock"),
    Room("mfa_index", _("Two-factor sign-in"), "shield-check"),
    Room("usersessions_list", _("Sessions"), "monitor"),
    Room("socialaccount_connections", _("Connections"), "link"),
)


@register.simple_tag(takes_context=True)
def account_pages(context: RequestContext) -> list[Context]:
    path = context["request"].path
    found = [(room, nav_url(room.route)) for room in ACCOUNT_PAGES]
    return [{"label": room.label, "url": url, "current": path.startswith(url)} for room, url in found if url]
