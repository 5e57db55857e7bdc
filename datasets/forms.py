from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.kit import overlays
from datasets.filters import NO_SPLIT
from datasets.formats.registry import FORMATS
from datasets.models import Dataset, LabelClass, Provenance, Split
from datasets.rules.kinds import KINDS


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


class FilterForm(forms.Form):
    def chip(self, name: str) -> dict[str, str]:
        """What a filter that is set says of itself."""
        bound = self[name]
        words = dict(getattr(bound.field, "choices", ()))
        return {"name": str(bound.label), "value": str(words.get(bound.value(), bound.value()))}


class LibraryForm(FilterForm):
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


class ReleaseForm(forms.Form):
    notes = forms.CharField(
        label=_("What changed"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is new since the last version."),
    )


class NewClassForm(forms.Form):
    name = forms.CharField(label=_("New class"), max_length=100)


class ClassForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    color_index = forms.TypedChoiceField(
        label=_("Colour"),
        coerce=int,
        choices=[(index, overlays.letter(index)) for index in range(overlays.COLORS)],
        widget=forms.RadioSelect,
        help_text=_("With its letter and its line, so that it can be told apart without the colour."),
    )
    shortcut = forms.CharField(
        label=_("Key"),
        max_length=1,
        required=False,
        help_text=_("One letter or digit that chooses the class on the image page."),
    )


class GalleryForm(FilterForm):
    """The filters of the gallery; what they mean is `datasets.filters.ItemFilter`'s."""

    q = forms.CharField(label=_("Name"), required=False)
    label_class = forms.ChoiceField(label=_("Class"), required=False)
    labels = forms.ChoiceField(
        label=_("Labels"), required=False, choices=[("", _("Any")), ("with", _("With")), ("without", _("Without"))]
    )
    split = forms.ChoiceField(
        label=_("Split"),
        required=False,
        choices=[("", _("Any")), *((value or NO_SPLIT, word) for value, word in Split.choices)],
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("Any")), *((kind.name, kind.title) for kind in KINDS.values())],
    )
    provenance = forms.ChoiceField(label=_("Origin"), required=False, choices=[("", _("Any")), *Provenance.choices])

    def __init__(self, *args: Any, classes: Iterable[LabelClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Any")), *((each.public_id, each.name) for each in classes)]
        self.fields["label_class"] = forms.ChoiceField(label=_("Class"), required=False, choices=choices)
