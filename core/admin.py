"""What admin pages share, and unfold's classes, which have no types, under the types of Django's they extend."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

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

    def history_view(self, request: HttpRequest, object_id: str, extra_context: object = None) -> HttpResponse:
        """What happened to the row is in the audit trail, not in Django's own log."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        trail = reverse("admin:core_auditentry_changelist")
        return redirect(f"{trail}?{urlencode({'q': getattr(row, 'public_id', row.pk)})}")

    def idle_actions(self, row: Row) -> set[str]:
        """Which of `actions_detail` would change nothing about this row; its page leaves them out."""
        return set()

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        allowed = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # unfold has no types
        row = self.get_object(request, str(object_id))
        idle = self.idle_actions(row) if row else set()
        return [each for each in allowed if each.path not in idle]

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
