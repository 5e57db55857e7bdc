"""Licences, what was granted under them, and what producers stated. Grants end by a record, never by a change."""

from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from core.admin import ReadOnlyAdmin, display
from core.dialogs import ReasonDialog, dialog_action, report
from licensing import services
from licensing.models import AssetRights, Grant, License


def _moderator(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@admin.register(License)
class LicenseAdmin(ReadOnlyAdmin[License]):
    list_display = ("title", "code", "version", "preset", "spdx_id", "retired_at")
    list_filter = ("preset", ("retired_at", admin.EmptyFieldListFilter))
    search_fields = ("title", "code")


@admin.register(AssetRights)
class AssetRightsAdmin(ReadOnlyAdmin[AssetRights]):
    list_display = ("asset", "license", "covers_labels", "origin", "stated_by", "stated_at")
    list_filter = ("license__preset",)
    search_fields = ("=asset__public_id", "origin")
    list_select_related = ("asset", "license", "stated_by")
    raw_id_fields = ("asset", "stated_by")


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin[Grant]):
    list_display = ("public_id", "title", "organization", "licensor", "license", "standing", "granted_at")
    list_filter = ("license__preset", ("revocation", admin.EmptyFieldListFilter))
    search_fields = ("=public_id", "=source", "organization__slug", "licensor__slug")
    list_select_related = ("organization", "licensor", "license", "revocation")
    raw_id_fields = ("organization", "licensor", "manifest", "asset", "granted_by")
    ordering = ("-id",)
    actions_detail = ("revoke",)

    @display(description=_("Standing"))
    def standing(self, grant: Grant) -> str:
        ended = getattr(grant, "revocation", None)
        return str(_("Ended: %(reason)s") % {"reason": ended.reason} if ended else _("In force"))

    @dialog_action(
        title=_("Revoke"),
        text=_("The licence ends now: no further downloads. The grant stays as evidence."),
        form_class=ReasonDialog,
    )
    def revoke(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        grant = access.get(Grant.objects.select_related("organization"), pk=object_id)
        act = partial(services.revoke, actor=_moderator(request), grant=grant, reason=form.cleaned_data["reason"])
        return report(request, act, _("The licence is ended."))
