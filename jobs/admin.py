from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from core.errors import Conflict
from jobs import services
from jobs.models import Job


@admin.register(Job)
class JobAdmin(ModelAdmin):
    list_display = ("public_id", "kind", "state", "organization", "progress_done", "progress_total", "created_at")
    list_filter = ("state", "kind")
    search_fields = ("public_id", "subject", "organization__name")
    list_select_related = ("organization",)
    actions = ["retry", "cancel"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    @action(description=_("Retry"))
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs:
            try:
                services.retry(job=job, actor=request.user)
            except Conflict as refusal:
                messages.error(request, f"{job}: {refusal.message}")

    @action(description=_("Cancel"))
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs:
            services.cancel(job=job, actor=request.user)
