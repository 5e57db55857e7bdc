"""A made-up market of any size: `python -m benchmarks.market_data 10000` fills the database that DATABASE_URL names.

The same mix of producers, classes, licences and prices at every size. Producers list in batches about one place and
a few classes, so neighbours are alike, as they are on a real market.
"""

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelhub.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402  # after Django is set up
from django.utils import timezone  # noqa: E402

from accounts.models import Organization  # noqa: E402
from datasets.models import (  # noqa: E402
    Asset,
    Dataset,
    DatasetVersion,
    LabelSchema,
    Manifest,
    VersionState,
)
from licensing.models import License  # noqa: E402
from marketplace import vocabulary  # noqa: E402
from marketplace.goods import item_title  # noqa: E402
from marketplace.models import Offer  # noqa: E402
from marketplace.rules.facets import Goods, facets_of  # noqa: E402

LABELS = 2_000
COMMON = ("person", "car", "dog", "cat", "tree", "bicycle", "boat", "horse", "cell", "bird")
PLACES = ("street", "forest", "kitchen", "harbour", "laboratory", "field", "station", "roof")
SIZES = ((320, 240), (640, 480), (1280, 960), (1920, 1080), (4000, 3000))
SHARE_OF_DATASETS = 0.05
LARGEST_BATCH = 100
OFFERS_PER_PRODUCER = 500
VERSIONS_PER_PRODUCER = 60
FIRST_MOMENT = datetime(2025, 1, 1, tzinfo=UTC)
LICENSE_WEIGHTS = {"research": 30, "commercial-training": 40, "evaluation": 10}

COPIED = [field for field in Offer._meta.concrete_fields if not field.generated and not field.primary_key]


@dataclass
class Batch:
    """What a producer lists at one time."""

    versions: list[DatasetVersion]
    license: License
    currency: str
    classes: list[str]
    place: str


def label_names() -> list[str]:
    return [*COMMON, *(f"thing{number}" for number in range(LABELS - len(COMMON)))]


def fill(count: int) -> None:
    """Write `count` listed offers and what they stand on. There are no files behind them."""
    with transaction.atomic():
        producers = [_versions(number) for number in range(max(1, count // OFFERS_PER_PRODUCER))]
        assets = _assets(producers[0][0].dataset.organization, count)
        vocabulary.learn(label_names())
        licenses = list(License.objects.catalogue())
        with _without_indexes():
            _copy(_offers(count, producers, licenses, assets))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Building an index over all rows is many times faster than growing it row by row."""
    with connection.schema_editor() as editor:
        for index in Offer._meta.indexes:
            editor.remove_index(Offer, index)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # what is copied refers to what is there
    yield
    with connection.schema_editor() as editor:
        for index in Offer._meta.indexes:
            editor.add_index(Offer, index)


def _copy(offers: Iterator[Offer]) -> None:
    columns = ", ".join(str(field.column) for field in COPIED)
    with connection.cursor() as cursor, cursor.copy(f"COPY marketplace_offer ({columns}) FROM STDIN") as copy:
        for offer in offers:
            copy.write_row([getattr(offer, field.attname) for field in COPIED])


def _versions(number: int) -> list[DatasetVersion]:
    """A producer's dataset in as many versions as it will be listed in."""
    name = f"producer-{number}"
    producer = Organization.objects.create(
        name=name, slug=name, pseudonym=f"Quiet Heron {number}", pseudonym_slug=f"quiet-heron-{number}"
    )
    schema = LabelSchema.objects.create(organization=producer, name=name)
    dataset = Dataset.objects.create(organization=producer, schema=schema, name=name, slug=name)
    manifest = Manifest.objects.create(sha256=f"{number:064}", item_count=1, annotation_count=0, byte_size=1)
    return DatasetVersion.objects.bulk_create(
        DatasetVersion(
            dataset=dataset, number=place, manifest=manifest, state=VersionState.RELEASED, released_at=timezone.now()
        )
        for place in range(1, VERSIONS_PER_PRODUCER + 1)
    )


def _assets(owner: Organization, count: int) -> int:
    """One asset for each offer, copies of a first one; returns the first one's primary key."""
    first = Asset.objects.create(
        organization=owner, original_name="a.jpg", sha256=f"{0:064}", byte_size=1, media_type="image/jpeg", width=1,
        height=1, storage_key="a", thumbnail_key="a", preview_key="a",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO datasets_asset SELECT (jsonb_populate_record(template, jsonb_build_object(
                   'id', template.id + n, 'public_id', 'a' || n, 'sha256', lpad(n::text, 64, '0')))).*
               FROM datasets_asset AS template, generate_series(1, %s) AS n WHERE template.id = %s""",
            [count - 1, first.pk],
        )
    return first.pk


def _offers(
    count: int, producers: list[list[DatasetVersion]], licenses: list[License], first_asset: int
) -> Iterator[Offer]:
    rng, names, made = random.Random(7), label_names(), 0
    weights = [1 / (place + 1) ** 0.8 for place in range(len(names))]
    license_weights = [LICENSE_WEIGHTS.get(license_.code, 3) for license_ in licenses]
    while made < count:
        batch = Batch(
            versions=rng.choice(producers),
            license=rng.choices(licenses, license_weights)[0],
            currency=rng.choices(("EUR", "USD", "GBP", "JPY"), (6, 3, 1, 1))[0],
            classes=list(dict.fromkeys(rng.choices(names, weights, k=5))),
            place=rng.choice(PLACES),
        )
        for _ in range(min(rng.randint(1, LARGEST_BATCH), count - made)):
            yield _offer(rng, made, first_asset + made, batch)
            made += 1


def _offer(rng: random.Random, number: int, asset: int, batch: Batch) -> Offer:
    goods = _goods(rng, batch.classes, may_be_dataset=len(batch.versions) > 1)
    version = batch.versions.pop() if goods.kind == "dataset" else batch.versions[0]
    price = 0 if batch.license.is_open or rng.random() < 0.1 else int(10 ** rng.uniform(1.7, 4.5))
    moment = FIRST_MOMENT + timedelta(seconds=number)
    producer = version.dataset.organization
    return Offer(
        organization=producer, dataset=version.dataset, version=version, license=batch.license, currency=batch.currency,
        asset_id=None if goods.kind == "dataset" else asset, kind=goods.kind, price_minor=price,
        title=item_title(goods.labels, f"{batch.place.capitalize()} scenes {number}"), listed_at=moment,
        created_at=moment,
        description=f"Photographs from the {batch.place}, labelled by hand and checked twice.", sample=[1],
        label_text="\n".join(goods.labels), item_count=goods.item_count, annotation_count=goods.item_count * 3,
        width=goods.width, height=goods.height, sold_count=int(rng.expovariate(0.5)),
        facets=facets_of(goods, preset=batch.license.preset, terms=batch.license.as_terms, price_minor=price,
                         currency=batch.currency,
                         producer=producer.pseudonym_slug),
    )  # fmt: skip


def _goods(rng: random.Random, classes: list[str], *, may_be_dataset: bool) -> Goods:
    width, height = rng.choice(SIZES)
    shapes = ["box" if rng.random() < 0.7 else "tag"]
    if may_be_dataset and rng.random() < SHARE_OF_DATASETS:
        return Goods("dataset", int(10 ** rng.uniform(1, 4.5)), width, height, classes, shapes)
    labels = rng.sample(classes, min(len(classes), rng.randint(1, 3)))
    return Goods("image", 1, width, height, labels, shapes)


def main() -> Any:
    fill(int(sys.argv[1]))


if __name__ == "__main__":
    main()
