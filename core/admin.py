"""What admin pages share, and unfold's classes, which have no types, under the types of Django's they extend."""

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model
from django.http import HttpRequest

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
