"""What the administration asks before money goes back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from core.money import minor
from marketplace.models import Order


class PositionsField(forms.CharField):
    """Numbers of order lines, such as 1, 3; empty means all."""

    def __init__(self, **named: Any) -> None:
        widget = UnfoldAdminTextInputWidget()
        super().__init__(
            label=_("Numbers of the items"),
            required=False,
            max_length=500,
            widget=widget,
            help_text=_("Such as 1, 3. Empty: all of them."),
            **named,
        )

    def clean(self, value: Any) -> list[int]:
        parts = str(super().clean(value)).replace(",", " ").split()
        if not all(part.isdecimal() for part in parts):
            raise forms.ValidationError(_("Write the numbers as the list shows them, such as 1, 3."))
        return [int(part) for part in parts]


class LinesDialog(BaseDialogForm):  # type: ignore[misc]  # unfold has no types
    positions = PositionsField()


class RefundDialog(LinesDialog):
    amount = forms.CharField(
        label=_("Amount"),
        required=False,
        max_length=16,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("In whole units, such as 12.50. Empty: all that is left. A part leaves the licences in force."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("The buyer reads it."),
    )

    def clean_amount(self) -> int | None:
        text = self.cleaned_data["amount"].strip().replace(",", ".")
        if not text:
            return None
        currency = Order.objects.values_list("currency", flat=True).get(pk=self.object_id)
        try:
            return minor(text, currency)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
