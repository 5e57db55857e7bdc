from functools import partial

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from core.admin import ReadOnlyAdmin, action
from core.dialogs import dialog_action, report
from core.errors import Conflict
from jobs import services
from jobs.models import Job, JobState


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    list_display = ("public_id", "kind", "state", "organization", "progress_done", "progress_total", "created_at")
    list_filter = ("state", "kind")
    search_fields = ("public_id", "subject", "organization__name")
    list_select_related = ("organization",)
    actions = ("retry", "cancel")
    actions_detail = ("retry_one", "cancel_one")

    def idle_actions(self, row: Job) -> set[str]:
        retriable = row.state in {JobState.FAILED, JobState.CANCELLED}
        return {name for name, useful in (("retry_one", retriable), ("cancel_one", row.is_active)) if not useful}

    @dialog_action(title=_("Retry"), text=_("It starts again from its beginning, with all its tries."))
    def retry_one(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        act = partial(services.retry, job=_job(object_id), actor=_moderator(request))
        return report(request, act, _("The job waits for a worker again."))

    @dialog_action(title=_("Cancel"), text=_("A running job stops at its next step. What it finished stays."))
    def cancel_one(self, request: HttpRequest, form: forms.Form, object_id: int) -> HttpResponse:
        act = partial(services.cancel, job=_job(object_id), actor=_moderator(request))
        return report(request, act, _("The job is being cancelled."))

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


def _job(primary_key: int) -> Job:
    return access.get(Job.objects.all(), pk=primary_key)


def _moderator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the admin let them in
    return request.user
