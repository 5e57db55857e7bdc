from django.contrib import admin

from core.admin import ReadOnlyAdmin
from projects.models import Archive, Download


@admin.register(Archive)
class ArchiveAdmin(ReadOnlyAdmin[Archive]):
    list_display = ("public_id", "format", "state", "item_count", "byte_size", "created_at")
    list_filter = ("state", "format")
    search_fields = ("public_id", "content_key", "sha256")


@admin.register(Download)
class DownloadAdmin(ReadOnlyAdmin[Download]):
    list_display = ("public_id", "project", "archive", "requested_by", "created_at")
    search_fields = ("public_id", "project__name")
    list_select_related = ("project", "archive", "requested_by")
