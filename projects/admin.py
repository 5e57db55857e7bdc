from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from projects.models import Archive, Download


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Archive)
class ArchiveAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "format", "state", "item_count", "byte_size", "created_at")
    list_filter = ("state", "format")
    search_fields = ("public_id", "content_key", "sha256")


@admin.register(Download)
class DownloadAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "project", "archive", "requested_by", "created_at")
    search_fields = ("public_id", "project__name")
    list_select_related = ("project", "archive", "requested_by")
