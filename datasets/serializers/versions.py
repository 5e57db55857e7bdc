"""Versions and their manifests as the API shows them."""

from typing import Any

from rest_framework import serializers

from datasets.models import DatasetVersion, Manifest, ManifestItem
from datasets.serializers.labels import PlainObject


class ManifestSerializer(serializers.ModelSerializer[Manifest]):
    classes = serializers.ListField(child=PlainObject())
    class_counts = serializers.DictField(child=serializers.IntegerField(), help_text="Labels by class name")

    class Meta:
        model = Manifest
        fields = ("sha256", "item_count", "annotation_count", "byte_size", "classes", "class_counts")
        read_only_fields = fields


class VersionSerializer(serializers.ModelSerializer[DatasetVersion]):
    """`manifest` is null until the version is released; `job` says how far that is."""

    id = serializers.CharField(source="public_id", read_only=True)
    manifest = ManifestSerializer(read_only=True, allow_null=True)
    job = serializers.CharField(source="job.public_id", read_only=True, default=None, allow_null=True)
    released_by = serializers.CharField(source="released_by.name", read_only=True, default=None, allow_null=True)

    class Meta:
        model = DatasetVersion
        fields = ("id", "number", "state", "notes", "manifest", "job", "released_by", "released_at", "created_at")
        read_only_fields = fields


class NewVersionSerializer(serializers.Serializer[Any]):
    notes = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class ManifestItemSerializer(serializers.ModelSerializer[ManifestItem]):
    """A frozen item, as in the manifest file."""

    annotations = serializers.ListField(child=PlainObject())

    class Meta:
        model = ManifestItem
        fields = ("name", "sha256", "media_type", "width", "height", "byte_size", "split", "annotations")
        read_only_fields = fields


class DiffSerializer(serializers.Serializer[Any]):
    """What a version has that the one before had not, by number of items."""

    previous = serializers.IntegerField(
        source="previous.number", default=None, allow_null=True, help_text="Null for the first version"
    )
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="The same media with other labels or in another split")
