"""What Stripe asks of a payee, in words that people understand."""

import re
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

# The first that fits says it, so the narrower ones stand above.
SENTENCES: tuple[tuple[str, Promise], ...] = (
    (r"external_account", _l("The bank account that earnings go to")),
    (r"tos_acceptance\.", _l("Your agreement to the payment service's terms")),
    (r"verification\.additional_document", _l("A second document that shows your address, such as a utility bill")),
    (r"company\.verification\.document", _l("A document that shows that your company is registered")),
    (r"verification\.document", _l("A photo of your passport or identity card")),
    (r"verification\.proof_of_liveness", _l("A photo of your face, taken now")),
    (r"documents\.bank_account", _l("A bank statement or another document that shows that the account is yours")),
    (r"documents\.", _l("A document about your company")),
    (r"\.dob\.", _l("A date of birth")),
    (r"company\.address", _l("Your company's address")),
    (r"\.address", _l("A home address")),
    (r"company\.tax_id|company\.vat_id", _l("Your company's tax number")),
    (r"company\.registration_number", _l("Your company's registration number")),
    (r"ssn_last_4", _l("The last four digits of a social security number")),
    (r"id_number", _l("A personal identity or tax number")),
    (r"company\.name", _l("Your company's name")),
    (r"company\.phone", _l("Your company's phone number")),
    (r"company\.structure", _l("What kind of company yours is")),
    (r"\.(first|last|full)_name|\.(given|sur)name", _l("A first and last name, as in the passport")),
    (r"\.email", _l("An email address")),
    (r"\.phone", _l("A phone number")),
    (r"\.nationality", _l("A nationality")),
    (r"\.political_exposure", _l("Whether somebody holds a public office")),
    (r"(directors|executives|owners)(_provided|\.)", _l("Who owns and leads your company")),
    (r"relationship\.", _l("What somebody's part in your company is")),
    (r"^representative", _l("Who acts for your company")),
    (r"business_type|entity_type", _l("Whether you are a person or a company")),
    (r"business_profile\.(url|product_description)", _l("What you sell, in a sentence or by a web address")),
    (r"business_profile\.mcc", _l("Your line of business")),
    (r"statement_descriptor", _l("What stands on your bank statement")),
)  # fmt: skip


def in_words(names: Iterable[str]) -> list[str]:
    """Each thing that is missing, once, in the order of the names. One that is not known is shown tidied."""
    return list(dict.fromkeys(_in_words(name) for name in names))


def _in_words(name: str) -> str:
    found = next((sentence for pattern, sentence in SENTENCES if re.search(pattern, name)), None)
    return str(found) if found else _tidied(name)


def _tidied(name: str) -> str:
    """«person_1Nv.some_new_thing» -> «Some new thing»."""
    parts = [part for part in name.split(".") if not re.match(r"(person|acct|file)_", part)]
    words = ": ".join(part.replace("_", " ") for part in parts[-2:]).strip()
    return words[:1].upper() + words[1:] if words else _("Something the payment service will tell you")
