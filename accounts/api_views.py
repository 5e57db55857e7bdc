"""People and organisations for programs."""

from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import OrganizationAPIView, SignedInAPIView
from accounts.models import ApiToken, Invitation, Membership
from accounts.permissions import Capability
from accounts.serializers import (
    AuditSerializer,
    CreatedTokenSerializer,
    DeletionSerializer,
    InvitationSerializer,
    MemberSerializer,
    NewTokenSerializer,
    OrganizationSerializer,
    ReceivedInvitationSerializer,
    RoleSerializer,
    SeatSerializer,
    TokenSerializer,
    UserSerializer,
)
from accounts.services import organizations, people, team, tokens
from core import audit


class Me(SignedInAPIView):
    """The person behind the session or token."""

    serializer_class = UserSerializer

    def get(self, request: Request) -> Response:
        return Response(UserSerializer(self.user).data)

    def patch(self, request: Request) -> Response:
        """Change your profile. The email address is changed in the pages."""
        people.update_profile(user=self.user, **self.parsed(UserSerializer, partial=True))
        return Response(UserSerializer(self.user).data)


class MyInvitations(SignedInAPIView):
    """Invitations to addresses one has proved to own."""

    serializer_class = ReceivedInvitationSerializer

    @extend_schema(responses=ReceivedInvitationSerializer(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(team.invitations_for(self.user), ReceivedInvitationSerializer)


class MyInvitation(SignedInAPIView):
    serializer_class = ReceivedInvitationSerializer

    @extend_schema(request=None, responses={201: SeatSerializer}, operation_id="me_invitations_accept")
    def post(self, request: Request, invitation_id: str) -> Response:
        """Accept: take the seat."""
        seat = team.accept_invitation(user=self.user, invitation=self._invitation(invitation_id))
        return Response(SeatSerializer(seat).data, status=201)

    def delete(self, request: Request, invitation_id: str) -> Response:
        """Decline."""
        team.decline_invitation(user=self.user, invitation=self._invitation(invitation_id))
        return Response(status=204)

    def _invitation(self, invitation_id: str) -> Invitation:
        return access.get(team.invitations_for(self.user), public_id=invitation_id)


class Organizations(SignedInAPIView):
    """The organisations one is a member of; with a token, the one it is for."""

    serializer_class = SeatSerializer

    @extend_schema(responses=SeatSerializer(many=True))
    def get(self, request: Request) -> Response:
        seats = self.user.memberships.of(self.user)
        if isinstance(request.auth, ApiToken):
            seats = seats.filter(organization=request.auth.organization_id)
        return self.listed(seats, SeatSerializer)

    @extend_schema(request=OrganizationSerializer, responses={201: OrganizationSerializer})
    def post(self, request: Request) -> Response:
        """Found an organisation; you are its owner."""
        given = self.parsed(OrganizationSerializer)
        organization = organizations.create_organization(actor=self.user, **given)
        return Response(OrganizationSerializer(organization).data, status=201)


class MySeat(SignedInAPIView):
    serializer_class = SeatSerializer

    def delete(self, request: Request, slug: str) -> Response:
        """Leave. The last owner cannot."""
        team.leave(membership=access.membership(request, slug))
        return Response(status=204)


class OneOrganization(OrganizationAPIView):
    needs = {
        "GET": Capability.VIEW,
        "PATCH": Capability.MANAGE_ORGANIZATION,
        "DELETE": Capability.MANAGE_ORGANIZATION,
    }
    serializer_class = SeatSerializer

    def get(self, request: Request, slug: str) -> Response:
        """The organisation, your role in it and what that allows."""
        return Response(SeatSerializer(self.membership).data)

    @extend_schema(request=OrganizationSerializer, responses=OrganizationSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        """Rename it, or change what the market shows beside its pseudonym."""
        given = self.parsed(OrganizationSerializer, partial=True)
        organizations.update_organization(actor=self.user, organization=self.organization, **given)
        return Response(OrganizationSerializer(self.organization).data)

    @extend_schema(request=DeletionSerializer)
    def delete(self, request: Request, slug: str) -> Response:
        """Delete for good. Refused while anything was sold or bought, or media are left."""
        given = self.parsed(DeletionSerializer)
        organizations.delete_organization(actor=self.user, organization=self.organization, **given)
        return Response(status=204)


class Members(OrganizationAPIView):
    serializer_class = MemberSerializer

    @extend_schema(responses=MemberSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Everyone in the organisation."""
        return self.listed(self.organization.memberships.acting(), MemberSerializer)


class Member(OrganizationAPIView):
    needs = {"GET": Capability.VIEW, "PATCH": Capability.MANAGE_TEAM, "DELETE": Capability.MANAGE_TEAM}
    serializer_class = MemberSerializer

    def get(self, request: Request, slug: str, member_id: str) -> Response:
        """One member."""
        return Response(MemberSerializer(self._member(member_id)).data)

    @extend_schema(request=RoleSerializer, responses=MemberSerializer)
    def patch(self, request: Request, slug: str, member_id: str) -> Response:
        """Change the role. It counts from the member's next request on."""
        team.change_role(membership=self.membership, target=self._member(member_id), **self.parsed(RoleSerializer))
        return Response(MemberSerializer(self._member(member_id)).data)

    def delete(self, request: Request, slug: str, member_id: str) -> Response:
        """Remove a member, with the tokens they made here."""
        team.remove_member(membership=self.membership, target=self._member(member_id))
        return Response(status=204)

    def _member(self, member_id: str) -> Membership:
        return access.get(self.organization.memberships.select_related("user"), user__public_id=member_id)


class Invitations(OrganizationAPIView):
    needs = {"GET": Capability.MANAGE_TEAM, "POST": Capability.MANAGE_TEAM}
    serializer_class = InvitationSerializer

    @extend_schema(responses=InvitationSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Invitations that were not answered."""
        return self.listed(self.organization.invitations.unanswered(), InvitationSerializer)

    @extend_schema(responses={201: InvitationSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Mail an invitation. Its link works for a week."""
        invitation = team.invite(membership=self.membership, **self.parsed(InvitationSerializer))
        return Response(InvitationSerializer(invitation).data, status=201)


class SentInvitation(OrganizationAPIView):
    needs = {"POST": Capability.MANAGE_TEAM, "DELETE": Capability.MANAGE_TEAM}
    serializer_class = InvitationSerializer

    @extend_schema(request=None, responses=InvitationSerializer, operation_id="invitations_resend")
    def post(self, request: Request, slug: str, invitation_id: str) -> Response:
        """Send it again, with a new link that is good for a week."""
        invitation = access.get(self.organization.invitations.unanswered(), public_id=invitation_id)
        team.resend_invitation(membership=self.membership, invitation=invitation)
        return Response(InvitationSerializer(invitation).data)

    def delete(self, request: Request, slug: str, invitation_id: str) -> Response:
        """Take it back."""
        invitation = access.get(self.organization.invitations.all(), public_id=invitation_id)
        team.revoke_invitation(membership=self.membership, invitation=invitation)
        return Response(status=204)


class Tokens(OrganizationAPIView):
    """One's own tokens; owners see everyone's."""

    needs = {"GET": Capability.VIEW, "POST": Capability.VIEW}
    serializer_class = TokenSerializer

    @extend_schema(responses=TokenSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        return self.listed(self.organization.api_tokens.kept().visible_to(self.membership), TokenSerializer)

    @extend_schema(request=NewTokenSerializer, responses={201: CreatedTokenSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Create a token. Its secret is in this answer and nowhere else."""
        given = self.parsed(NewTokenSerializer)
        days = given.pop("expires_in_days")
        life = timedelta(days=days) if days else None
        by = _asking(request)
        token, secret = tokens.create_token(membership=self.membership, expires_in=life, by=by, **given)
        return Response({**TokenSerializer(token).data, "token": secret}, status=201)


class Token(OrganizationAPIView):
    needs = {"DELETE": Capability.VIEW}
    serializer_class = TokenSerializer

    def delete(self, request: Request, slug: str, token_id: str) -> Response:
        """Revoke. A token may always revoke itself."""
        token = access.get(self.organization.api_tokens.visible_to(self.membership), public_id=token_id)
        tokens.revoke_token(actor=self.user, token=token, by=_asking(request))
        return Response(status=204)


def _asking(request: Request) -> ApiToken | None:
    return request.auth if isinstance(request.auth, ApiToken) else None


class Audit(OrganizationAPIView):
    """Who did what in this organisation, newest first. Filter with `verb`, `actor` (email) and `subject_id`."""

    needs = {"GET": Capability.MANAGE_TEAM}
    serializer_class = AuditSerializer

    @extend_schema(responses=AuditSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        names = {"verb": "verb", "actor": "actor__email", "subject_id": "subject_id"}
        given = {column: request.query_params[name] for name, column in names.items() if name in request.query_params}
        return self.listed(audit.trail(organization=self.organization).filter(**given), AuditSerializer)
