"""Actions on one row of the administration that ask first: a dialog with a form, posted, then the page anew."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from core.errors import DomainError

Text = str | Promise
Action = Callable[..., HttpResponse]


class ConfirmDialog(BaseDialogForm):  # type: ignore[misc]  # unfold has no types
    """Asks nothing but whether it is meant."""


class ReasonDialog(BaseDialogForm):  # type: ignore[misc]  # unfold has no types
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Those concerned read it."),
    )


def dialog_action(
    *, title: Text, text: Text, form_class: type[forms.Form] = ConfirmDialog
) -> Callable[[Action], Action]:
    """Wrap `(self, request, form, object_id)` of a ReadOnlyAdmin; list it in `actions_detail`.

    It runs once the form is right, for whoever has the model's change permission.
    """
    dialog = {"title": title, "description": text, "form_class": form_class, "form_submit_text": title}
    wrap: Callable[[Action], Action] = action(description=title, permissions=["moderate"], dialog=dialog)
    return wrap


def report(request: HttpRequest, act: Callable[[], Any], done: Text) -> HttpResponse:
    """Do it, say how it went, and have the page behind the dialog load anew."""
    try:
        act()
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, str(done))
    return HttpResponse(headers={"HX-Refresh": "true"})
