"""What admin pages share, and unfold's classes, which have no types, under the types of Django's they extend."""

from typing import TYPE_CHECKING, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from core import audit
from core.models import AuditEntry

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline, action, display
    from django.views.generic import TemplateView as AdminPage
else:
    from django.views.generic import TemplateView
    from unfold.admin import ModelAdmin, TabularInline
    from unfold.decorators import action, display
    from unfold.views import UnfoldModelAdminViewMixin

    class AdminPage(UnfoldModelAdminViewMixin, TemplateView):
        """A page inside the admin; names its `title`, `permission_required` and `template_name`."""


__all__ = ["AdminPage", "ModelAdmin", "ReadOnlyAdmin", "TabularInline", "action", "display"]

Row = TypeVar("Row", bound=Model)


class ReadOnlyAdmin(ModelAdmin[Row]):
    """Rows that moderators may look at, and that only services write."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_moderate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may use the actions of core.dialogs: whoever has the model's change permission."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    list_display = ("at", "actor", "what", "subject_type", "subject_id")
    search_fields = ("=verb", "=subject_id", "=request_id", "actor__email")
    search_help_text = "Verb, subject's id, request's id, or email of who did it"
    list_select_related = ("actor",)

    @display(description="What")
    def what(self, entry: AuditEntry) -> str:
        return audit.sentence(entry)
