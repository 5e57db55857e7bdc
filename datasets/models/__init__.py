"""Media, the labels on it, and the frozen versions that are sold."""

from datasets.models.annotations import Annotation, LabelChange, Provenance
from datasets.models.assets import Asset, AssetQuerySet, ModerationState, StorageUsage
from datasets.models.datasets import Dataset, DatasetItem, DatasetQuerySet, Split
from datasets.models.schemas import LabelClass, LabelSchema
from datasets.models.uploads import Upload, UploadFile, UploadOutcome, UploadQuerySet, UploadState
from datasets.models.versions import DatasetVersion, DatasetVersionQuerySet, Manifest, ManifestItem, VersionState

__all__ = [
    "Annotation",
    "Asset",
    "AssetQuerySet",
    "Dataset",
    "DatasetItem",
    "DatasetQuerySet",
    "DatasetVersion",
    "DatasetVersionQuerySet",
    "LabelChange",
    "LabelClass",
    "LabelSchema",
    "Manifest",
    "ManifestItem",
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
