"""Test data of this app. Assets here have keys but no bytes; tests that read media store some first."""

import factory

from accounts.tests.factories import OrganizationFactory
from datasets.models import (
    Annotation,
    Asset,
    Dataset,
    DatasetItem,
    DatasetVersion,
    LabelClass,
    LabelSchema,
    Provenance,
    Upload,
)


class LabelSchemaFactory(factory.django.DjangoModelFactory[LabelSchema]):
    class Meta:
        model = LabelSchema

    organization = factory.SubFactory(OrganizationFactory)
    name = "Cells"


class LabelClassFactory(factory.django.DjangoModelFactory[LabelClass]):
    class Meta:
        model = LabelClass

    schema = factory.SubFactory(LabelSchemaFactory)
    name = factory.Sequence(lambda n: f"class {n}")
    position = factory.Sequence(int)
    color_index = factory.Sequence(lambda n: n % 20)


class DatasetFactory(factory.django.DjangoModelFactory[Dataset]):
    class Meta:
        model = Dataset

    organization = factory.SubFactory(OrganizationFactory)
    schema = factory.SubFactory(LabelSchemaFactory, organization=factory.SelfAttribute("..organization"))
    name = factory.Sequence(lambda n: f"Dataset {n}")
    slug = factory.Sequence(lambda n: f"dataset-{n}")


class AssetFactory(factory.django.DjangoModelFactory[Asset]):
    class Meta:
        model = Asset

    organization = factory.SubFactory(OrganizationFactory)
    original_name = factory.Sequence(lambda n: f"photo-{n}.jpg")
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    byte_size = 12_345
    media_type = "image/jpeg"
    width = 640
    height = 480
    storage_key = factory.LazyAttribute(lambda asset: f"media/{asset.sha256}/original.jpg")
    thumbnail_key = factory.LazyAttribute(lambda asset: f"media/{asset.sha256}/thumbnail.webp")
    preview_key = factory.LazyAttribute(lambda asset: f"media/{asset.sha256}/preview.webp")


class DatasetItemFactory(factory.django.DjangoModelFactory[DatasetItem]):
    """An item; `Dataset.item_count` is left to the test, since counting is the services' work."""

    class Meta:
        model = DatasetItem

    dataset = factory.SubFactory(DatasetFactory)
    asset = factory.SubFactory(AssetFactory, organization=factory.SelfAttribute("..dataset.organization"))
    name = factory.LazyAttribute(lambda item: item.asset.original_name)


class AnnotationFactory(factory.django.DjangoModelFactory[Annotation]):
    class Meta:
        model = Annotation

    dataset = factory.SubFactory(DatasetFactory)
    asset = factory.SubFactory(AssetFactory, organization=factory.SelfAttribute("..dataset.organization"))
    label_class = factory.SubFactory(LabelClassFactory, schema=factory.SelfAttribute("..dataset.schema"))
    kind = "box"
    geometry = factory.LazyFunction(lambda: {"x": 10.0, "y": 20.0, "width": 30.0, "height": 40.0, "rotation": 0.0})
    provenance = Provenance.IMPORT


class UploadFactory(factory.django.DjangoModelFactory[Upload]):
    class Meta:
        model = Upload

    organization = factory.SelfAttribute("dataset.organization")
    dataset = factory.SubFactory(DatasetFactory)


class DatasetVersionFactory(factory.django.DjangoModelFactory[DatasetVersion]):
    class Meta:
        model = DatasetVersion

    dataset = factory.SubFactory(DatasetFactory)
    number = 1
