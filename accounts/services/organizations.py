"""Organisations: founding, settings, suspension, deletion."""

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import closing
from accounts.models import Membership, Organization, User
from accounts.permissions import Role
from accounts.services.people import save_with_pseudonym
from core import audit, limits
from core.errors import Conflict, Invalid

FOUNDED_PER_DAY = 20

audit.phrases(
    {
        "organization.created": gettext_lazy("created the organisation"),
        "organization.changed": gettext_lazy("changed the settings"),
        "organization.deleted": gettext_lazy("deleted the organisation {name}"),
        "organization.suspended": gettext_lazy("suspended the organisation: {reason}"),
        "organization.reinstated": gettext_lazy("reinstated the organisation"),
        "organization.commission_changed": gettext_lazy("set the commission to {basis_points} basis points"),
    }
)


def create_organization(*, actor: User, name: str, about: str = "") -> Organization:
    limits.consume("organization.create", actor.pk, limit=FOUNDED_PER_DAY, seconds=24 * 3600)
    with transaction.atomic():
        slug = slugify(name)[:50].strip("-")
        organization = save_with_pseudonym(Organization(name=name, slug=slug, about=about))
        Membership.objects.create(organization=organization, user=actor, role=Role.OWNER)
        audit.record(actor=actor, organization=organization, verb="organization.created", subject=organization)
    return organization


def update_organization(
    *, actor: User, organization: Organization, name: str | None = None, about: str | None = None
) -> Organization:
    """Change what is given and leave the rest. The pseudonym stays: a reputation hangs on it."""
    with transaction.atomic():
        organization.name = organization.name if name is None else name
        organization.about = organization.about if about is None else about
        organization.save(update_fields=["name", "about"])
        audit.record(actor=actor, organization=organization, verb="organization.changed", subject=organization)
    return organization


def delete_organization(*, actor: User, organization: Organization, confirmation: str) -> None:
    """Gone for good, with its members' seats and tokens. `confirmation` is the name, typed by the person."""
    if confirmation != organization.name:
        raise Invalid(_("Type the organisation's name exactly as it is written."), field="confirmation")
    in_the_way = closing.obstacles(organization)
    if in_the_way:
        raise Conflict(" ".join(in_the_way), code="organization_in_use")
    with transaction.atomic():
        audit.record(actor=actor, verb="organization.deleted", subject=organization, data={"name": organization.name})
        try:
            organization.delete()
        except ProtectedError as error:
            message = _("Sales or purchases refer to this organisation, so its records have to stay.")
            raise Conflict(message, code="organization_in_use") from error


def set_commission(*, actor: User, organization: Organization, basis_points: int | None) -> None:
    """This organisation's own share for the house, in hundredths of a percent; None is the usual one."""
    with transaction.atomic():
        Organization.objects.filter(pk=organization.pk).update(commission_basis_points=basis_points)
        audit.record(
            actor=actor,
            organization=organization,
            verb="organization.commission_changed",
            subject=organization,
            data={"basis_points": basis_points},
        )


def suspend_organization(*, actor: User, organization: Organization, reason: str) -> None:
    """At once: its pages and API close, its tokens are refused, its invitations are void."""
    with transaction.atomic():
        moved = Organization.objects.filter(pk=organization.pk, suspended_at=None).update(
            suspended_at=timezone.now(), suspended_reason=reason
        )
        if moved != 1:
            raise Conflict(_("This organisation is suspended already."), code="already_suspended")
        audit.record(
            actor=actor,
            organization=organization,
            verb="organization.suspended",
            subject=organization,
            data={"reason": reason},
        )


def reinstate_organization(*, actor: User, organization: Organization) -> None:
    with transaction.atomic():
        moved = Organization.objects.filter(pk=organization.pk, suspended_at__isnull=False).update(
            suspended_at=None, suspended_reason=""
        )
        if moved != 1:
            raise Conflict(_("This organisation is not suspended."), code="not_suspended")
        audit.record(actor=actor, organization=organization, verb="organization.reinstated", subject=organization)
