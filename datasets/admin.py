"""Media, datasets and uploads for moderators. Everything changes through services, and is audited there."""

from functools import partial
from typing import cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.admin import ReadOnlyAdmin, display
from core.dialogs import ReasonDialog, dialog_action, report
from datasets import links
from datasets.models import Asset, Dataset, ModerationState, Upload
from datasets.services import moderation


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin[Asset]):
    list_display = ("picture", "public_id", "organization", "moderation", "media_type", "created_at")
    list_filter = ("moderation", "kind", "media_type")
    list_select_related = ("organization",)
    search_fields = ("=public_id", "=sha256", "organization__slug", "original_name")
    ordering = ("-id",)
    exclude = ("embedding",)
    readonly_fields = ("preview",)
    actions_detail = ("hide", "show")

    def idle_actions(self, row: Asset) -> set[str]:
        return {"hide"} if row.moderation == ModerationState.HIDDEN else {"show"}

    @display(description=_("Picture"))
    def picture(self, asset: Asset) -> SafeString:
        return format_html(
            '<img src="{}" alt="{}" width="96" loading="lazy">', links.thumbnail(asset), asset.original_name
        )

    @display(description=_("Preview"))
    def preview(self, asset: Asset) -> SafeString:
        return format_html('<img src="{}" alt="" style="width: 40rem; max-width: 100%">', links.preview(asset))

    @dialog_action(
        title=_("Hide"),
        text=_("It disappears from the market and from versions released from now on. Its owner reads the reason."),
        form_class=ReasonDialog,
    )
    def hide(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        act = partial(
            moderation.hide_asset, asset=_asset(object_id), actor=_who(request), reason=form.cleaned_data["reason"]
        )
        return report(request, act, _("The image is hidden."))

    @dialog_action(title=_("Show again"), text=_("It may be released and sold again."))
    def show(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        act = partial(moderation.show_asset, asset=_asset(object_id), actor=_who(request))
        return report(request, act, _("The image is shown again."))


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin[Dataset]):
    list_display = ("name", "organization", "item_count", "annotation_count", "created_at", "deleted_at")
    list_select_related = ("organization",)
    search_fields = ("name", "=public_id", "organization__slug")
    ordering = ("-id",)


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin[Upload]):
    list_display = ("public_id", "dataset", "organization", "state", "file_count", "created_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("organization", "dataset")
    search_fields = ("=public_id", "organization__slug", "dataset__name")
    ordering = ("-id",)


def _asset(object_id: int) -> Asset:
    return Asset.objects.select_related("organization").get(pk=object_id)


def _who(request: HttpRequest) -> User:
    return cast(User, request.user)
