"""Form fields: label above, help under, error beside; choices as cards; the error summary."""

from collections.abc import Mapping

from django import template
from django.forms import BaseForm, BoundField, CheckboxSelectMultiple, RadioSelect, Textarea

from core.kit.attributes import Context, html_attributes

register = template.Library()


@register.inclusion_tag("ui/field.html")
def field(
    bound: BoundField,
    *,
    label: str = "",
    help_text: str = "",
    helps: Mapping[str, str] | None = None,
    mark_optional: bool = True,
) -> Context:
    """A form's field. `helps` explains single choices of a radio or checkbox group, by value."""
    kind, css = _control(bound)
    described = [f"{bound.auto_id}_error"] if bound.errors else []
    described += [f"{bound.auto_id}_helptext"] if help_text or bound.help_text else []
    own = bound.field.widget.attrs.get("class", "")
    attrs = {"class": f"{css} {own}".strip(), "aria-describedby": " ".join(described) or None}
    return {
        "field": bound,
        "kind": kind,
        "label": label or bound.label,
        "help": help_text or bound.help_text,
        "optional": mark_optional and not bound.field.required and kind != "check",
        "control": "" if kind == "choices" else bound.as_widget(attrs={k: v for k, v in attrs.items() if v}),
        "choices": _choices(bound, css, helps or {}) if kind == "choices" else [],
    }


def _control(bound: BoundField) -> tuple[str, str]:
    widget = bound.field.widget
    if isinstance(widget, CheckboxSelectMultiple):  # which is a kind of RadioSelect
        return "choices", "checkbox"
    if isinstance(widget, RadioSelect):
        return "choices", "radio"
    if isinstance(widget, Textarea):
        return "input", "textarea"
    kinds = {
        "checkbox": ("check", "checkbox"),
        "select": ("input", "select"),
        "file": ("input", "file-input"),
    }
    return kinds.get(getattr(widget, "input_type", ""), ("input", "input"))


def _choices(bound: BoundField, css: str, helps: Mapping[str, str]) -> list[Context]:
    return [
        {
            "id": choice.id_for_label,
            "label": choice.choice_label,
            "help": helps.get(str(choice.data["value"]), ""),
            "attributes": html_attributes(
                {
                    **choice.data["attrs"],
                    "type": choice.data["type"],
                    "name": choice.data["name"],
                    "value": str(choice.data["value"]),
                    "checked": choice.data["selected"],
                    "class": css,
                }
            ),
        }
        for choice in bound.subwidgets
    ]


@register.inclusion_tag("ui/form_fields.html")
def form_fields(form: BaseForm) -> Context:
    """All fields of a form in its order, hidden ones included, with the error summary on top."""
    return {"form": form}


@register.inclusion_tag("ui/form_errors.html")
def form_errors(form: BaseForm) -> Context:
    fields = [bound for bound in form if bound.errors]
    return {"form": form, "fields": fields, "count": len(fields) + len(form.non_field_errors())}
