"""Licence terms as data: their order, their meet, and the four answers a buyer asks for.

Terms have two parts, since images and labels may come from different people. A part is a point in a lattice:
on each ladder a step further is more generous, and `within(a, b)` says that a allows nothing that b does not.
The dimensions are those of the Montreal Data License and ODRL that the offered licences need.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import reduce
from typing import Any

# Least generous first. A duty (credit) is a step down from its absence.
LADDERS: dict[str, tuple[str, ...]] = {
    "use": ("evaluation", "noncommercial", "commercial"),
    "training": ("none", "benchmark", "train"),
    "models": ("none", "internal", "ship"),
    "redistribution": ("none", "full"),
    "changes": ("none", "same-license", "free"),
    "credit": ("required", "none"),
    "holder": ("organization", "anyone"),
}
CONFLICT = "conflict"


@dataclass(frozen=True)
class Part:
    """What may be done with the images, or with the labels. The defaults allow everything.

    `only_under` names the one licence under which the material may be passed on, as Creative Commons and
    share-alike licences demand; `days` is how long the permission lasts, None for ever. `reviewed` is false for an
    SPDX licence whose text nobody has turned into these terms yet.
    """

    use: str = "commercial"
    training: str = "train"
    models: str = "ship"
    redistribution: str = "full"
    changes: str = "free"
    credit: str = "none"
    holder: str = "anyone"
    days: int | None = None
    only_under: str = ""
    reviewed: bool = True

    def __post_init__(self) -> None:
        for name, steps in LADDERS.items():
            if getattr(self, name) not in steps:
                raise ValueError(f"{name} is one of {', '.join(steps)}")
        if self.days is not None and self.days < 1:
            raise ValueError("days is at least 1, or None")


@dataclass(frozen=True)
class Terms:
    images: Part = Part()
    labels: Part = Part()


EVERYTHING = Terms()


def to_data(terms: Terms) -> dict[str, Any]:
    return asdict(terms)


def from_data(data: Mapping[str, Any]) -> Terms:
    """Terms as stored. Raises ValueError or TypeError for what is not terms."""
    return Terms(images=Part(**data["images"]), labels=Part(**data["labels"]))


def same(part: Part) -> Terms:
    """One part for images and labels alike."""
    return Terms(images=part, labels=part)


def within(terms: Terms, limit: Terms) -> bool:
    return part_within(terms.images, limit.images) and part_within(terms.labels, limit.labels)


def part_within(part: Part, limit: Part) -> bool:
    return not too_wide(part, limit)


def too_wide(part: Part, limit: Part) -> list[str]:
    """The dimensions on which `part` allows more than `limit`."""
    wide = [name for name in LADDERS if _step(name, part) > _step(name, limit)]
    if limit.days is not None and (part.days is None or part.days > limit.days):
        wide.append("days")
    if limit.only_under and part.only_under not in {limit.only_under, CONFLICT}:
        wide.append("only_under")
    if part.reviewed and not limit.reviewed:
        wide.append("reviewed")
    return wide


def meet(first: Terms, second: Terms) -> Terms:
    """The most generous terms within both."""
    return Terms(images=_meet_parts(first.images, second.images), labels=_meet_parts(first.labels, second.labels))


def meet_of(items: Iterable[Terms]) -> Terms:
    return reduce(meet, items, EVERYTHING)


def grants_no_more_than(offered: Terms, items: Iterable[Terms]) -> bool:
    """Whether a dataset may be offered so: never more than its least generous item."""
    return within(offered, meet_of(items))


def _meet_parts(first: Part, second: Part) -> Part:
    steps = {name: LADDERS[name][min(_step(name, first), _step(name, second))] for name in LADDERS}
    limits = [days for days in (first.days, second.days) if days is not None]
    names = {name for name in (first.only_under, second.only_under) if name}
    return replace(
        first,
        **steps,
        days=min(limits, default=None),
        only_under=CONFLICT if len(names) > 1 else next(iter(names), ""),
        reviewed=first.reviewed and second.reviewed,
    )


def _step(name: str, part: Part) -> int:
    return LADDERS[name].index(getattr(part, name))


class Verdict(StrEnum):
    YES = "yes"
    NO = "no"
    PARTLY = "partly"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """`code` names the sentence in `licensing.wording`."""

    verdict: Verdict
    code: str


@dataclass(frozen=True)
class FourAnswers:
    commercial_use: Answer
    redistribution: Answer
    ship_model: Answer
    credit: Answer


def four_answers(part: Part) -> FourAnswers:
    if not part.reviewed:
        unknown = Answer(Verdict.UNKNOWN, "read-license")
        return FourAnswers(unknown, unknown, unknown, unknown)
    return FourAnswers(_commercial_use(part), _redistribution(part), _ship_model(part), _credit(part))


def _commercial_use(part: Part) -> Answer:
    if part.use == "commercial":
        return Answer(Verdict.YES, "commercial")
    return Answer(Verdict.NO, f"only-{part.use}")


def _redistribution(part: Part) -> Answer:
    if part.redistribution == "none":
        return Answer(Verdict.NO, "keep-inside")
    if part.only_under:
        return Answer(Verdict.PARTLY, "pass-on-same-license")
    return Answer(Verdict.YES, "pass-on")


def _ship_model(part: Part) -> Answer:
    if part.training != "train":
        return Answer(Verdict.NO, f"training-{part.training}")
    if part.models != "ship":
        return Answer(Verdict.NO, f"models-{part.models}")
    if part.use != "commercial":
        return Answer(Verdict.PARTLY, "ship-noncommercial")
    return Answer(Verdict.YES, "ship")


def _credit(part: Part) -> Answer:
    return Answer(Verdict.YES, "credit-required") if part.credit == "required" else Answer(Verdict.NO, "credit-none")
