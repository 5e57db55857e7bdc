"""Growing a dataset's list of classes: the next free colour and key, and classes that an import brings."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from datasets.models import LabelClass, LabelSchema

COLORS = 20
KEYS = "1234567890"
OWN_KEYS = "bfv"
"""Letters that the image page has a use for."""


def next_color(taken: Iterable[int]) -> int:
    """The first colour that the fewest classes have."""
    counts = [0] * COLORS
    for color in taken:
        counts[color] += 1
    return counts.index(min(counts))


def next_key(taken: Iterable[str]) -> str:
    """The first free digit, or none."""
    used = set(taken)
    return next((key for key in KEYS if key not in used), "")


@transaction.atomic
def ensure_classes(schema: LabelSchema, wanted: Mapping[str, Mapping[str, Any] | None]) -> dict[str, LabelClass]:
    """The classes of those names, made where missing; `wanted` gives each name its skeleton, if it has one.

    Takes the schema's lock, so that two imports do not both make a class or give one key away twice.
    """
    LabelSchema.objects.select_for_update().get(pk=schema.pk)
    present = list(schema.classes.all())
    found = {each.name: each for each in present if each.name in wanted}
    made = _new_classes(schema, present, {name: wanted[name] for name in wanted if name not in found})
    return found | {each.name: each for each in LabelClass.objects.bulk_create(made)}


def _new_classes(
    schema: LabelSchema, present: Iterable[LabelClass], wanted: Mapping[str, Mapping[str, Any] | None]
) -> list[LabelClass]:
    colors = [each.color_index for each in present]
    keys = [each.shortcut for each in present]
    first = max((each.position for each in present), default=-1) + 1
    made = []
    for position, (name, skeleton) in enumerate(wanted.items(), start=first):
        color, key = next_color(colors), next_key(keys)
        colors.append(color)
        keys.append(key)
        made.append(
            LabelClass(schema=schema, name=name, position=position, color_index=color, shortcut=key, skeleton=skeleton)
        )
    return made
