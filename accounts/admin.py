"""People and organisations for moderators. Everything changes through services, and is audited there."""

from functools import partial

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm

from accounts import access
from accounts.models import ApiToken, Invitation, Membership, Organization, User
from accounts.services import organizations, people, tokens
from core.admin import ModelAdmin, ReadOnlyAdmin, TabularInline, display
from core.dialogs import ReasonDialog, dialog_action, report

# Signing in to the administration is signing in: with the second factor, and with its limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

for _private in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession, Group):
    if admin.site.is_registered(_private):
        admin.site.unregister(_private)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin[Group]):
    filter_horizontal = ()


class RightsDialog(BaseDialogForm):  # type: ignore[misc]  # unfold has no types
    is_staff = forms.BooleanField(label=_("May use the administration"), required=False)
    is_superuser = forms.BooleanField(label=_("May do everything there"), required=False)
    groups = forms.ModelMultipleChoiceField(label=_("Groups"), queryset=Group.objects.all(), required=False)


class CommissionDialog(BaseDialogForm):  # type: ignore[misc]  # unfold has no types
    basis_points = forms.IntegerField(
        label=_("Commission in basis points"),
        help_text=_("1500 is 15 %. Empty for the usual one."),
        min_value=0,
        max_value=10_000,
        required=False,
    )


class SeatInline(TabularInline[Membership, Model]):
    model = Membership
    fields = ("organization", "user", "role", "created_at")
    readonly_fields = fields
    extra = 0
    per_page = 50
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("organization", "user")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin[User]):
    list_display = ("email", "name", "standing", "is_staff", "date_joined", "last_login")
    list_filter = ("is_staff", ("suspended_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "first_name", "last_name", "=public_id")
    ordering = ("-id",)
    inlines = (SeatInline,)
    fields = (
        *("email", "first_name", "last_name", "title", "about", "date_joined", "last_login"),
        *("is_active", "suspended_at", "suspended_reason", "is_staff", "is_superuser", "groups", "public_id"),
    )
    actions_detail = ("suspend", "reinstate", "change_rights")

    def idle_actions(self, row: User) -> set[str]:
        return {"suspend"} if row.suspended_at else {"reinstate"}

    @display(description=_("Standing"))
    def standing(self, user: User) -> str:
        return str(_("Suspended") if user.suspended_at else _("Active"))

    @dialog_action(
        title=_("Suspend"),
        text=_("Their sessions end and their tokens are refused at once. They get the reason by mail."),
        form_class=ReasonDialog,
    )
    def suspend(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        act = partial(people.suspend_user, actor=_moderator(request), user=_user(object_id), reason=reason)
        return report(request, act, _("This person is suspended."))

    @dialog_action(title=_("Reinstate"), text=_("They can sign in again, and get a mail."))
    def reinstate(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        act = partial(people.reinstate_user, actor=_moderator(request), user=_user(object_id))
        return report(request, act, _("This person can sign in again."))

    @dialog_action(
        title=_("Change rights"),
        text=_("What is chosen here replaces what they may do now."),
        form_class=RightsDialog,
    )
    def change_rights(self, request: HttpRequest, form: RightsDialog, object_id: int) -> HttpResponse:
        rights = {name: form.cleaned_data[name] for name in ("is_staff", "is_superuser", "groups")}
        act = partial(people.change_rights, actor=_moderator(request), user=_user(object_id), **rights)
        return report(request, act, _("The rights are changed."))


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin[Organization]):
    list_display = ("name", "pseudonym", "slug", "is_personal", "standing", "created_at")
    list_filter = ("is_personal", ("suspended_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "slug", "pseudonym", "=public_id")
    ordering = ("-id",)
    inlines = (SeatInline,)
    actions_detail = ("suspend", "reinstate", "set_commission")

    def idle_actions(self, row: Organization) -> set[str]:
        return {"suspend"} if row.suspended_at else {"reinstate"}

    @display(description=_("Standing"))
    def standing(self, organization: Organization) -> str:
        return str(_("Suspended") if organization.suspended_at else _("Active"))

    @dialog_action(
        title=_("Suspend"),
        text=_("Its pages, API and tokens close at once, and its invitations are void. Members read the reason."),
        form_class=ReasonDialog,
    )
    def suspend(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        actor, organization = _moderator(request), _organization(object_id)
        reason = form.cleaned_data["reason"]
        act = partial(organizations.suspend_organization, actor=actor, organization=organization, reason=reason)
        return report(request, act, _("This organisation is suspended."))

    @dialog_action(title=_("Reinstate"), text=_("Its members can go on as before."))
    def reinstate(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        actor, organization = _moderator(request), _organization(object_id)
        act = partial(organizations.reinstate_organization, actor=actor, organization=organization)
        return report(request, act, _("This organisation is open again."))

    @dialog_action(
        title=_("Set commission"),
        text=_("It counts for orders placed from now on."),
        form_class=CommissionDialog,
    )
    def set_commission(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        actor, organization = _moderator(request), _organization(object_id)
        points = form.cleaned_data["basis_points"]
        act = partial(organizations.set_commission, actor=actor, organization=organization, basis_points=points)
        return report(request, act, _("The commission is set."))


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin[Membership]):
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "organization__name", "organization__slug")
    list_select_related = ("user", "organization")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin[Invitation]):
    list_display = ("email", "organization", "role", "invited_by", "expires_at", "accepted_at", "revoked_at")
    search_fields = ("email", "organization__name", "organization__slug")
    list_select_related = ("organization", "invited_by")
    exclude = ("token_hash",)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin[ApiToken]):
    list_display = ("prefix", "name", "user", "organization", "last_used_at", "expires_at", "revoked_at")
    search_fields = ("=prefix", "name", "user__email", "organization__slug")
    list_select_related = ("user", "organization")
    exclude = ("token_hash",)
    actions_detail = ("revoke",)

    @dialog_action(
        title=_("Revoke"),
        text=_("Programs that use it are refused from their next request on."),
    )
    def revoke(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        token = access.get(ApiToken.objects.all(), pk=object_id)
        act = partial(tokens.revoke_token, actor=_moderator(request), token=token)
        return report(request, act, _("The token is revoked."))


def _moderator(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _user(object_id: int) -> User:
    return access.get(User.objects.all(), pk=object_id)


def _organization(object_id: int) -> Organization:
    return access.get(Organization.objects.all(), pk=object_id)
