"""Which role may do what: one table. Code asks `membership.can(Capability.X)`, never for a role's name."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Capability(StrEnum):
    VIEW = "view"  # see media, labels, datasets, jobs
    EDIT_MEDIA = "edit_media"  # upload, label, import
    RELEASE = "release"  # freeze a version
    SELL = "sell"  # price, license, list, withdraw
    BUY = "buy"  # cart, orders, projects, downloads
    VIEW_MONEY = "view_money"  # sales, balances, invoices
    MANAGE_MONEY = "manage_money"  # where earnings are paid to, budgets
    MANAGE_TEAM = "manage_team"  # invite, change roles, remove
    MANAGE_ORGANIZATION = "manage_organization"  # settings, everyone's tokens, deleting


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    EDITOR = "editor", _("Editor")
    FINANCE = "finance", _("Finance")
    VIEWER = "viewer", _("Viewer")


_EVERYTHING = frozenset(Capability)

CAPABILITIES: dict[str, frozenset[Capability]] = {
    Role.OWNER: _EVERYTHING,
    Role.ADMIN: _EVERYTHING - {Capability.MANAGE_ORGANIZATION},
    Role.EDITOR: frozenset({Capability.VIEW, Capability.EDIT_MEDIA, Capability.RELEASE}),
    Role.FINANCE: frozenset(
        {Capability.VIEW, Capability.SELL, Capability.BUY, Capability.VIEW_MONEY, Capability.MANAGE_MONEY}
    ),
    Role.VIEWER: frozenset({Capability.VIEW}),
}


class Scope(models.TextChoices):
    """What an API token may do, at most; the role of the person behind it still limits it."""

    READ = "read", _("Read everything the person can see")
    WRITE = "write", _("Upload, label, release and list")
    BUY = "buy", _("Place orders and download")
    MANAGE = "manage", _("Change the team, the settings and the tokens")


SCOPE_CAPABILITIES: dict[str, frozenset[Capability]] = {
    Scope.READ: frozenset({Capability.VIEW, Capability.VIEW_MONEY}),
    Scope.WRITE: frozenset({Capability.VIEW, Capability.EDIT_MEDIA, Capability.RELEASE, Capability.SELL}),
    Scope.BUY: frozenset({Capability.VIEW, Capability.BUY}),
    Scope.MANAGE: frozenset(
        {Capability.VIEW, Capability.MANAGE_TEAM, Capability.MANAGE_ORGANIZATION, Capability.MANAGE_MONEY}
    ),
}


def may_assign(own: str, role: str) -> bool:
    """Nobody hands out, changes or takes away a role that can do more than their own."""
    return CAPABILITIES[role] <= CAPABILITIES[own]


def assignable_roles(own: str) -> list[Role]:
    return [role for role in Role if may_assign(own, role)]
