from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.admin import ReadOnlyAdmin, action
from core.errors import Conflict
from jobs import services
from jobs.models import Job


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    list_display = ("public_id", "kind", "state", "organization", "progress_done", "progress_total", "created_at")
    list_filter = ("state", "kind")
    search_fields = ("public_id", "subject", "organization__name")
    list_select_related = ("organization",)
    actions = ("retry", "cancel")

    @action(description=_("Retry"))
    def retry(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs:
            try:
                services.retry(job=job, actor=_moderator(request))
            except Conflict as refusal:
                messages.error(request, f"{job}: {refusal.message}")

    @action(description=_("Cancel"))
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs:
            services.cancel(job=job, actor=_moderator(request))


def _moderator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the admin let them in
    return request.user
