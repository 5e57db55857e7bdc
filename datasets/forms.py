from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.formats.registry import FORMATS
from datasets.models import Dataset


class DatasetForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What is in it, such as «Blood cells»."))
    description = forms.CharField(
        label=_("Description"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("How the images were made and chosen, and what the labels mean."),
    )


class NewDatasetForm(DatasetForm):
    classes = forms.CharField(
        label=_("First classes"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One on each line. Labels that you import bring their own classes."),
    )

    def clean_classes(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["classes"].splitlines() if line.strip()]


class UploadForm(forms.Form):
    """The files themselves are taken one by one, by the script of the page or by the view."""

    format = forms.ChoiceField(
        label=_("Format of the labels"),
        required=False,
        choices=[("", _("Find out")), *((each.id, each.title) for each in FORMATS.values())],
    )

    def clean(self) -> dict[str, Any]:
        if not self.files:
            raise forms.ValidationError(_("Choose at least one file."))
        return self.cleaned_data


class LibraryForm(forms.Form):
    """The filters of the media library; what they mean is `datasets.library.LibraryFilter`'s."""

    q = forms.CharField(label=_("Name"), required=False)
    dataset = forms.ChoiceField(label=_("Dataset"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Any")), ("unused", _("In no dataset")), ("hidden", _("Hidden by a moderator"))],
    )
    since = forms.DateField(label=_("Uploaded since"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, datasets: Iterable[Dataset], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Any")), *((dataset.public_id, dataset.name) for dataset in datasets)]
        self.fields["dataset"] = forms.ChoiceField(label=_("Dataset"), required=False, choices=choices)

    def chip(self, name: str) -> dict[str, str]:
        """What a filter that is set says of itself."""
        bound = self[name]
        words = dict(getattr(bound.field, "choices", ()))
        return {"name": str(bound.label), "value": str(words.get(bound.value(), bound.value()))}
