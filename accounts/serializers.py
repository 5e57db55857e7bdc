from typing import Any

from rest_framework import serializers

from accounts.models import ApiToken, Invitation, Membership, Organization, User
from accounts.permissions import CAPABILITIES, Capability, Role, Scope
from core import audit
from core.models import AuditEntry


class UserSerializer(serializers.ModelSerializer[User]):
    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = User
        fields = ["id", "email", "first_name", "last_name", "title", "about", "date_joined"]
        read_only_fields = ["id", "email", "date_joined"]


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    """`pseudonym` is the only name by which anyone outside knows the organisation."""

    class Meta:
        model = Organization
        fields = ["slug", "name", "about", "pseudonym", "pseudonym_slug", "is_personal", "created_at"]
        read_only_fields = ["slug", "pseudonym", "pseudonym_slug", "is_personal", "created_at"]


class SeatSerializer(serializers.ModelSerializer[Membership]):
    """One's own membership, with what its role allows."""

    organization = OrganizationSerializer(read_only=True)
    capabilities = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ["organization", "role", "capabilities", "created_at"]

    def get_capabilities(self, membership: Membership) -> list[str]:
        allowed = CAPABILITIES[membership.role]
        return [capability.value for capability in Capability if capability in allowed]


class DeletionSerializer(serializers.Serializer[Any]):
    confirmation = serializers.CharField(max_length=80, help_text="The organisation's name, exactly as it is written.")


class MemberSerializer(serializers.ModelSerializer[Membership]):
    id = serializers.CharField(source="user.public_id", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "name", "email", "role", "created_at"]
        read_only_fields = ["created_at"]


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    id = serializers.CharField(source="public_id", read_only=True)
    invited_by = serializers.CharField(source="invited_by.name", read_only=True)

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "invited_by", "expires_at", "is_expired", "created_at"]
        read_only_fields = ["expires_at", "created_at"]


class ReceivedInvitationSerializer(InvitationSerializer):
    organization = serializers.CharField(source="organization.name", read_only=True)

    class Meta(InvitationSerializer.Meta):
        fields = ["id", "organization", "role", "invited_by", "expires_at"]


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    id = serializers.CharField(source="public_id", read_only=True)
    owner = serializers.CharField(source="user.email", read_only=True)

    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "scopes", "owner", "created_at", "expires_at", "last_used_at"]


class NewTokenSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    scopes = serializers.MultipleChoiceField(choices=Scope.choices, allow_empty=False)
    expires_in_days = serializers.IntegerField(min_value=1, max_value=366, allow_null=True, default=90)


class CreatedTokenSerializer(TokenSerializer):
    token = serializers.CharField(help_text="Shown now and never again.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class AuditSerializer(serializers.ModelSerializer[AuditEntry]):
    actor = serializers.EmailField(source="actor.email", read_only=True, default=None, allow_null=True)
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = AuditEntry
        fields = ["at", "actor", "verb", "sentence", "subject_type", "subject_id", "data", "request_id"]

    def get_sentence(self, entry: AuditEntry) -> str:
        return audit.sentence(entry)
