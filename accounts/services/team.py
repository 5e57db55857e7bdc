"""Who is in an organisation and as what: invitations, roles, leaving."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Invitation, InvitationQuerySet, Membership, Organization, User
from accounts.permissions import Role, may_assign
from accounts.rules.secrets import hash_of, new_secret
from core import audit, limits, mail
from core.errors import Conflict, Forbidden, NotFound

INVITATION_LIFE = timedelta(days=7)
MAILS_PER_HOUR = 60

audit.phrases(
    {
        "team.invited": gettext_lazy("invited {email} as {role}"),
        "team.invitation_resent": gettext_lazy("sent the invitation to {email} again"),
        "team.invitation_revoked": gettext_lazy("took back the invitation to {email}"),
        "team.invitation_declined": gettext_lazy("declined the invitation"),
        "team.joined": gettext_lazy("joined as {role}"),
        "team.role_changed": gettext_lazy("changed the role of {email} from {before} to {role}"),
        "team.removed": gettext_lazy("removed {email}"),
        "team.left": gettext_lazy("left"),
    }
)


def invite(*, membership: Membership, email: str, role: str) -> Invitation:
    """Mail an offer of a seat. An expired one to the same address is replaced."""
    organization = membership.organization
    _check_may_assign(membership, role)
    if organization.is_personal:
        message = _("A personal workspace has one member. Create an organisation to work with others.")
        raise Conflict(message, code="personal_workspace")
    if organization.memberships.filter(user__email__iexact=email).exists():
        raise Conflict(_("This person is a member already."), code="already_member", field="email")
    limits.consume("team.invite", organization.pk, limit=MAILS_PER_HOUR, seconds=3600)
    secret = new_secret()
    with transaction.atomic():
        _clear_expired(organization, email)
        invitation = _offer(membership, email, role, secret)
        _record(membership.user, invitation, "team.invited")
        _mail(invitation, secret)
    return invitation


def resend_invitation(*, membership: Membership, invitation: Invitation) -> None:
    """A new link by mail, good for a week from now; the former link ends."""
    limits.consume("team.invite", membership.organization_id, limit=MAILS_PER_HOUR, seconds=3600)
    secret = new_secret()
    with transaction.atomic():
        invitation.token_hash, invitation.expires_at = hash_of(secret), timezone.now() + INVITATION_LIFE
        moved = Invitation.objects.unanswered().filter(pk=invitation.pk)
        if moved.update(token_hash=invitation.token_hash, expires_at=invitation.expires_at) != 1:
            raise Conflict(_("This invitation was answered or taken back meanwhile."), code="invitation_closed")
        _record(membership.user, invitation, "team.invitation_resent")
        _mail(invitation, secret)


def revoke_invitation(*, membership: Membership, invitation: Invitation) -> None:
    """Twice is fine; the first time counts."""
    with transaction.atomic():
        if _close(invitation):
            _record(membership.user, invitation, "team.invitation_revoked")


def open_invitation(secret: str) -> Invitation:
    """The invitation a mailed link stands for, while it can be accepted."""
    found = Invitation.objects.open().filter(token_hash=hash_of(secret)).first()
    if found is None:
        message = _("This invitation was used, taken back or has expired. Ask for a new one.")
        raise NotFound(message, code="invitation_closed")
    return found


def accept_invitation(*, user: User, invitation: Invitation) -> Membership:
    """Take the seat. Only whoever has proved to own the invited address can."""
    if not owns_address(user, invitation.email):
        raise Forbidden(_("This invitation was sent to another address."), code="other_address")
    with transaction.atomic():
        if Invitation.objects.open().filter(pk=invitation.pk).update(accepted_at=timezone.now()) != 1:
            raise Conflict(_("This invitation was answered or taken back meanwhile."), code="invitation_closed")
        membership, _created = Membership.objects.get_or_create(
            organization=invitation.organization, user=user, defaults={"role": invitation.role}
        )
        _record(user, invitation, "team.joined")
    return membership


def decline_invitation(*, user: User, invitation: Invitation) -> None:
    if not owns_address(user, invitation.email):
        raise Forbidden(_("This invitation was sent to another address."), code="other_address")
    with transaction.atomic():
        if _close(invitation):
            _record(user, invitation, "team.invitation_declined")


def owns_address(user: User, email: str) -> bool:
    return bool(EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists())


def invitations_for(user: User) -> InvitationQuerySet:
    """Those to addresses the person has proved to own."""
    addresses = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return Invitation.objects.open().to_addresses(addresses)


def change_role(*, membership: Membership, target: Membership, role: str) -> None:
    """Takes effect at the person's next request, tokens included."""
    _check_may_assign(membership, target.role)
    _check_may_assign(membership, role)
    with transaction.atomic():
        _keep_an_owner(target, leaving=role != Role.OWNER)
        moved = Membership.objects.filter(pk=target.pk, role=target.role).update(role=role)
        if moved != 1:
            raise Conflict(_("This role was changed meanwhile. Load the page again."), code="changed_meanwhile")
        data = {"email": target.user.email, "before": target.role, "role": role}
        _record_seat(membership.user, target, "team.role_changed", data)


def remove_member(*, membership: Membership, target: Membership) -> None:
    """Their tokens for this organisation and the invitations they sent end with the seat."""
    _check_may_assign(membership, target.role)
    _give_up(membership.user, target, "team.removed")


def leave(*, membership: Membership) -> None:
    if membership.organization.is_personal:
        raise Conflict(_("You cannot leave your personal workspace."), code="personal_workspace")
    _give_up(membership.user, membership, "team.left")


def _give_up(actor: User, seat: Membership, verb: str) -> None:
    with transaction.atomic():
        _keep_an_owner(seat, leaving=True)
        if Membership.objects.filter(pk=seat.pk, role=seat.role).delete()[0] != 1:
            raise Conflict(_("This seat was changed meanwhile. Load the page again."), code="changed_meanwhile")
        seat.organization.api_tokens.kept().filter(user=seat.user).update(revoked_at=timezone.now())
        seat.organization.invitations.unanswered().filter(invited_by=seat.user).update(revoked_at=timezone.now())
        _record_seat(actor, seat, verb, {"email": seat.user.email, "role": seat.role})


def _keep_an_owner(seat: Membership, *, leaving: bool) -> None:
    """Locks the organisation, so that two owners cannot both be the last but one to go."""
    Organization.objects.select_for_update().get(pk=seat.organization_id)
    others = seat.organization.memberships.owners().filter(user__is_active=True).exclude(pk=seat.pk)
    if leaving and seat.role == Role.OWNER and not others.exists():
        message = _("An organisation needs an owner. Make someone else an owner first.")
        raise Conflict(message, code="last_owner")


def _check_may_assign(membership: Membership, role: str) -> None:
    if not may_assign(membership.role, role):
        raise Forbidden(_("Only someone whose role can do as much may give or take this role."), code="role_too_high")


def _offer(membership: Membership, email: str, role: str, secret: str) -> Invitation:
    try:
        with transaction.atomic():
            return Invitation.objects.create(
                organization=membership.organization,
                email=email.lower(),
                role=role,
                token_hash=hash_of(secret),
                invited_by=membership.user,
                expires_at=timezone.now() + INVITATION_LIFE,
            )
    except IntegrityError as error:
        message = _("This address has an open invitation. Send it again or take it back.")
        raise Conflict(message, code="already_invited", field="email") from error


def _clear_expired(organization: Organization, email: str) -> None:
    stale = organization.invitations.unanswered().to_addresses([email]).filter(expires_at__lte=timezone.now())
    stale.update(revoked_at=timezone.now())


def _close(invitation: Invitation) -> bool:
    return bool(Invitation.objects.unanswered().filter(pk=invitation.pk).update(revoked_at=timezone.now()))


def _mail(invitation: Invitation, secret: str) -> None:
    link = settings.SITE_URL + reverse("accounts:invitation", args=[secret])
    mail.send(template="invitation", to=invitation.email, context={"invitation": invitation, "link": link})


def _record(actor: User, invitation: Invitation, verb: str) -> None:
    data = {"email": invitation.email, "role": invitation.role}
    audit.record(actor=actor, organization=invitation.organization, verb=verb, subject=invitation, data=data)


def _record_seat(actor: User, seat: Membership, verb: str, data: dict[str, str]) -> None:
    audit.record(actor=actor, organization=seat.organization, verb=verb, subject=seat.user, data=data)
