from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.formats import registry
from projects.models import AS_IMPORTED, Project


class ProjectForm(forms.ModelForm[Project]):
    class Meta:
        model = Project
        fields = ("name", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


def format_choices() -> list[tuple[str, str]]:
    return [
        *((name, form.title) for name, form in registry.FORMATS.items()),
        (AS_IMPORTED, str(_("As imported: each dataset in the format it came in"))),
    ]


class DownloadForm(forms.Form):
    format = forms.ChoiceField(label=_("Format"), choices=format_choices, initial="coco")
