"""People, the organisations they act for, and the tokens their programs use."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.permissions import CAPABILITIES, Capability, Role, Scope, may_assign
from core.models import PublicModel


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin, PublicModel):
    email = models.EmailField(_("email"), unique=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    title = models.CharField(_("title"), max_length=80, blank=True)
    about = models.TextField(_("about you"), max_length=2000, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_reason = models.CharField(max_length=200, blank=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_user_per_email"),
            models.CheckConstraint(
                condition=Q(suspended_at=None) | Q(is_active=False), name="suspended_people_cannot_act"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email.partition("@")[0]


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def active(self) -> Self:
        return self.filter(suspended_at=None)


class Organization(PublicModel):
    """The tenant. Everyone has a personal one; `pseudonym` is all that the market ever shows of it."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(unique=True, max_length=50)
    pseudonym = models.CharField(max_length=60, unique=True)
    pseudonym_slug = models.SlugField(unique=True, max_length=60)
    about = models.TextField(_("about"), max_length=2000, blank=True)
    is_personal = models.BooleanField(default=False)
    commission_basis_points = models.PositiveIntegerField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_reason = models.CharField(max_length=200, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(commission_basis_points=None) | Q(commission_basis_points__lte=10_000),
                name="commission_at_most_all",
            )
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def acting(self) -> Self:
        """Of people who are not suspended."""
        return self.filter(user__is_active=True).select_related("organization", "user")

    def of(self, user: User) -> Self:
        """Memberships the person can act through now."""
        return self.acting().filter(user=user, organization__suspended_at=None)

    def who_can(self, capability: Capability) -> Self:
        """Those whose role allows it now."""
        roles = [role for role, allowed in CAPABILITIES.items() if capability in allowed]
        return self.acting().filter(role__in=roles)

    def owners(self) -> Self:
        return self.filter(role=Role.OWNER)

    def personal(self) -> Self:
        return self.filter(organization__is_personal=True)


class Membership(models.Model):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="one_membership_per_person"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organization} · {self.role}"

    def can(self, capability: Capability) -> bool:
        return capability in CAPABILITIES[self.role]

    def may_steer(self, other: "Membership") -> bool:
        """Whether this member may change or take away the other's role."""
        return self.can(Capability.MANAGE_TEAM) and may_assign(self.role, other.role)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def unanswered(self) -> Self:
        """Neither accepted nor revoked; it may have expired."""
        return self.filter(accepted_at=None, revoked_at=None).select_related("organization", "invited_by")

    def open(self) -> Self:
        """Those that can be accepted now; a suspension of either side voids them."""
        return self.unanswered().filter(
            expires_at__gt=timezone.now(), organization__suspended_at=None, invited_by__is_active=True
        )

    def to_addresses(self, emails: Iterable[str]) -> Self:
        return self.annotate(address=Lower("email")).filter(address__in=[email.lower() for email in emails])


class Invitation(PublicModel):
    """An offer of a seat, sent by mail. Only the hash of its token is kept."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("email"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_per_email",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.organization}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> Self:
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
            revoked_at=None,
            user__is_active=True,
            organization__suspended_at=None,
        )

    def kept(self) -> Self:
        """Not revoked; it may have expired."""
        return self.filter(revoked_at=None).select_related("user")

    def visible_to(self, membership: Membership) -> Self:
        """One's own; those who manage the organisation see everyone's."""
        mine = self.filter(organization=membership.organization)
        return mine if membership.can(Capability.MANAGE_ORGANIZATION) else mine.filter(user=membership.user)


class ApiToken(PublicModel):
    """A program's key to one organisation. Only its hash is kept; `prefix` lets a person recognise it."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="api_tokens")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices), default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values) & ~Q(scopes=[]), name="token_scopes_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
