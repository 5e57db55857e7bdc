from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User
from accounts.permissions import Role, Scope
from accounts.services.tokens import NewToken
from core import audit
from core.models import AuditEntry

LIVES = [(30, _("30 days")), (90, _("90 days")), (365, _("A year")), (0, _("Never"))]


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth has no types
    """Person, address and personal organisation are written together or not at all."""

    def try_save(self, request: HttpRequest) -> Any:
        with transaction.atomic():
            return super().try_save(request)


ProfileForm = forms.modelform_factory(
    User, fields=["first_name", "last_name", "title", "about"], widgets={"about": forms.Textarea(attrs={"rows": 4})}
)

OrganizationForm = forms.modelform_factory(
    Organization,
    fields=["name", "about"],
    widgets={"about": forms.Textarea(attrs={"rows": 4})},
)


class DeletionForm(forms.Form):
    confirmation = forms.CharField(label=_("Name of the organisation"), max_length=80)


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("Email"))

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(role.value, role.label) for role in roles]
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=choices, initial=Role.EDITOR)


class RoleForm(forms.Form):
    """Every role has a name; whether the person may give it is the service's question."""

    role = forms.ChoiceField(choices=Role.choices)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What uses it, such as «training server»."))
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=[Scope.READ]
    )
    expires_in_days = forms.TypedChoiceField(label=_("Ends after"), choices=LIVES, coerce=int, initial=90)

    def token(self) -> NewToken:
        days: int = self.cleaned_data["expires_in_days"]
        return NewToken(
            name=self.cleaned_data["name"],
            scopes=self.cleaned_data["scopes"],
            expires_in=timedelta(days=days) if days else None,
        )


class TrailForm(forms.Form):
    """Narrows an organisation's trail; a person who left is still found by the entries' own names."""

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = organization.memberships.select_related("user").order_by("user__email")[:200]
        people = [(seat.user.public_id, seat.user.name) for seat in seats]
        verbs = list(audit.known_verbs().items())
        self.fields["person"] = _filter(_("Person"), [("", _("Everyone")), *people])
        self.fields["verb"] = _filter(_("What"), [("", _("Everything")), *verbs])

    def narrow(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if not self.is_valid():
            return entries
        names = {"actor__public_id": self.cleaned_data["person"], "verb": self.cleaned_data["verb"]}
        return entries.filter(**{name: value for name, value in names.items() if value})


def _filter(label: Any, choices: list[tuple[Any, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False)
