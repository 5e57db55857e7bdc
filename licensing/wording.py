"""What each answer of the licence card says."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from licensing.rules.terms import LADDERS, Answer, Part, Terms, Verdict, four_answers

SENTENCES: dict[str, Promise] = {
    "read-license": _("Read the licence"),
    "commercial": _("Yes, for any purpose"),
    "only-noncommercial": _("No, research and other non-commercial work only"),
    "only-evaluation": _("No, for evaluation only"),
    "keep-inside": _("No, it stays in your organisation"),
    "pass-on": _("Yes"),
    "pass-on-same-license": _("Yes, under the same licence"),
    "training-none": _("No training"),
    "training-benchmark": _("No, benchmarking only"),
    "models-none": _("No, models may not be used"),
    "models-internal": _("Train yes, but the model stays inside"),
    "ship-noncommercial": _("Yes, without commercial purpose"),
    "ship": _("Yes"),
    "credit-required": _("Yes"),
    "credit-none": _("No need"),
}

DIMENSIONS: dict[str, Promise] = {
    "use": _("Purpose"),
    "training": _("Training"),
    "models": _("Trained models"),
    "redistribution": _("Passing on"),
    "changes": _("Changed material"),
    "credit": _("Credit"),
    "holder": _("Holder"),
    "days": _("Lasts"),
    "only_under": _("Passed on only under"),
}

VALUES: dict[tuple[str, str], Promise] = {
    ("use", "evaluation"): _("evaluation"),
    ("use", "noncommercial"): _("any non-commercial purpose"),
    ("use", "commercial"): _("any purpose"),
    ("training", "none"): _("not allowed"),
    ("training", "benchmark"): _("testing existing models only"),
    ("training", "train"): _("allowed"),
    ("models", "none"): _("none"),
    ("models", "internal"): _("inside the organisation"),
    ("models", "ship"): _("ship, sell, publish"),
    ("redistribution", "none"): _("not allowed"),
    ("redistribution", "full"): _("allowed"),
    ("changes", "none"): _("may not be passed on"),
    ("changes", "same-license"): _("under the same licence"),
    ("changes", "free"): _("no condition"),
    ("credit", "required"): _("required"),
    ("credit", "none"): _("not required"),
    ("holder", "organization"): _("one organisation"),
    ("holder", "anyone"): _("anyone"),
}


KIT_ANSWERS = {Verdict.YES: "yes", Verdict.NO: "no", Verdict.PARTLY: "limited", Verdict.UNKNOWN: "limited"}
CARD = {"commercial_use": "commercial", "redistribution": "redistribute", "ship_model": "train", "credit": "credit"}


@dataclass(frozen=True)
class ExpertRow:
    name: Promise
    images: str
    labels: str


def card(terms: Terms) -> dict[str, dict[str, str]]:
    """The licence card's arguments: what holds for the images, with a note where the labels differ."""
    images, labels = four_answers(terms.images), four_answers(terms.labels)
    return {name: _answer(getattr(images, question), getattr(labels, question)) for question, name in CARD.items()}


def four_lines(terms: Terms) -> list[dict[str, str]]:
    """The four answers as text, for programs."""
    images, labels = four_answers(terms.images), four_answers(terms.labels)
    return [
        {
            "question": question,
            "images": str(SENTENCES[getattr(images, question).code]),
            "labels": str(SENTENCES[getattr(labels, question).code]),
        }
        for question in CARD
    ]


def _answer(images: Answer, labels: Answer) -> dict[str, str]:
    differs = images != labels
    note = _("Labels: %(answer)s") % {"answer": SENTENCES[labels.code]} if differs else ""
    return {"answer": KIT_ANSWERS[images.verdict], "word": str(SENTENCES[images.code]), "note": str(note)}


def expert_rows(terms: Terms) -> list[ExpertRow]:
    return [
        ExpertRow(name, _value(code, terms.images), _value(code, terms.labels)) for code, name in DIMENSIONS.items()
    ]


def _value(code: str, part: Part) -> str:
    if not part.reviewed and code in LADDERS:
        return str(SENTENCES["read-license"])
    if code == "days":
        return str(_("for ever")) if part.days is None else str(_("%(days)d days") % {"days": part.days})
    value = getattr(part, code)
    return str(VALUES.get((code, value), value or _("no condition")))
