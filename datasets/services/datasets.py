"""Datasets themselves: made, described, put away."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import Organization, User
from core import audit
from core.errors import Conflict, DomainError, Invalid
from core.models import new_public_id
from datasets.models import Dataset, LabelSchema, VersionState
from datasets.services import schema as schemas

audit.phrases(
    {
        "dataset.created": _l("made the dataset {name}"),
        "dataset.changed": _l("changed the dataset {name}"),
        "dataset.deleted": _l("deleted the dataset {name}"),
    }
)

MOST_FIRST_CLASSES = 200
RESERVED_SLUGS = {"new"}


def create_dataset(
    *, organization: Organization, actor: User, name: str, description: str = "", classes: Sequence[str] = ()
) -> Dataset:
    """An empty dataset with a schema of its own, and its first classes if they are known."""
    tidy = _tidy(name)
    if len(classes) > MOST_FIRST_CLASSES:
        raise Invalid(_("Start with at most %d classes.") % MOST_FIRST_CLASSES, field="classes")
    with transaction.atomic():
        schema = LabelSchema.objects.create(organization=organization, name=tidy)
        dataset = _created(organization, actor, schema, tidy, description)
        _create_classes(schema, actor, classes)
        audit.record(
            actor=actor, organization=organization, verb="dataset.created", subject=dataset, data={"name": tidy}
        )
    return dataset


def change_dataset(
    *, dataset: Dataset, actor: User, name: str | None = None, description: str | None = None
) -> Dataset:
    """Change what is given. The address stays, so that links keep working."""
    with transaction.atomic():
        if name is not None:
            dataset.name = _tidy(name)
        if description is not None:
            dataset.description = description
        dataset.save(update_fields=["name", "description"])
        audit.record(
            actor=actor,
            organization=dataset.organization,
            verb="dataset.changed",
            subject=dataset,
            data={"name": dataset.name},
        )
    return dataset


def delete_dataset(*, dataset: Dataset, actor: User) -> None:
    """Put the dataset away with its labels. Its media stays in the library."""
    with transaction.atomic():
        if dataset.versions.filter(state=VersionState.RELEASED).exists():
            message = _("A version of it is released, and others may have bought it. It can no longer be deleted.")
            raise Conflict(message, code="has_releases")
        gone = Dataset.objects.filter(pk=dataset.pk, deleted_at=None).update(deleted_at=timezone.now())
        if gone:
            audit.record(
                actor=actor,
                organization=dataset.organization,
                verb="dataset.deleted",
                subject=dataset,
                data={"name": dataset.name},
            )


def _tidy(name: str) -> str:
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= 80:
        raise Invalid(_("A dataset needs a name of 1 to 80 characters."), field="name")
    return tidy


def _create_classes(schema: LabelSchema, actor: User, names: Sequence[str]) -> None:
    try:
        for name in dict.fromkeys(names):
            schemas.create_class(schema=schema, actor=actor, name=name)
    except DomainError as refusal:
        refusal.field = "classes"
        raise


def _created(organization: Organization, actor: User, schema: LabelSchema, name: str, description: str) -> Dataset:
    """The address is the name's; a number follows when another dataset has it."""
    stem = slugify(name)[:70] or "dataset"
    for slug in [stem, *(f"{stem}-{number}" for number in range(2, 10)), f"{stem}-{new_public_id()[:8]}"]:
        if slug in RESERVED_SLUGS:
            continue
        try:
            with transaction.atomic():
                return Dataset.objects.create(
                    organization=organization,
                    name=name,
                    slug=slug,
                    description=description,
                    schema=schema,
                    created_by=actor,
                )
        except IntegrityError:
            continue
    raise Conflict(_("Choose another name: too many datasets have this one."), code="name_taken", field="name")
