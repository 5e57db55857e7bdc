"""Media, the labels on it, and the frozen versions that are sold."""

from datasets.models.assets import Asset, AssetQuerySet, ModerationState, StorageUsage
from datasets.models.datasets import Dataset, DatasetQuerySet
from datasets.models.items import (
    Annotation,
    AnnotationQuerySet,
    DatasetItem,
    DatasetItemQuerySet,
    LabelChange,
    Provenance,
    Split,
)
from datasets.models.schemas import LabelClass, LabelSchema
from datasets.models.uploads import Upload, UploadFile, UploadOutcome, UploadQuerySet, UploadState
from datasets.models.versions import (
    DatasetVersion,
    DatasetVersionQuerySet,
    Manifest,
    ManifestItem,
    ManifestItemQuerySet,
    VersionState,
)

__all__ = [
    "Annotation",
    "AnnotationQuerySet",
    "Asset",
    "AssetQuerySet",
    "Dataset",
    "DatasetItem",
    "DatasetItemQuerySet",
    "DatasetQuerySet",
    "DatasetVersion",
    "DatasetVersionQuerySet",
    "LabelChange",
    "LabelClass",
    "LabelSchema",
    "Manifest",
    "ManifestItem",
    "ManifestItemQuerySet",
    "ModerationState",
    "Provenance",
    "Split",
    "StorageUsage",
    "Upload",
    "UploadFile",
    "UploadOutcome",
    "UploadQuerySet",
    "UploadState",
    "VersionState",
]
