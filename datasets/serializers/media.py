"""Datasets, uploads and media as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from datasets import links
from datasets.formats.registry import FORMATS
from datasets.models import Asset, Dataset, Upload, UploadFile, UploadOutcome
from jobs.serializers import JobSerializer


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Dataset
        fields = ("id", "slug", "name", "description", "item_count", "annotation_count", "created_at")
        read_only_fields = fields


class NewDatasetSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    description = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    classes = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, max_length=200, help_text="First classes, if known"
    )


class DatasetChangeSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    name = serializers.CharField(required=False, max_length=80)
    description = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class NewUploadSerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(
        choices=[("", "find out"), *((each.id, each.title) for each in FORMATS.values())],
        required=False,
        default="",
        help_text="The format of the labels, or empty to find out",
    )


class UploadReportSerializer(serializers.Serializer[Any]):
    """Counts by outcome, once the upload is read."""

    files = serializers.IntegerField(required=False)
    added = serializers.IntegerField(required=False)
    duplicate = serializers.IntegerField(required=False)
    rejected = serializers.IntegerField(required=False)
    warning = serializers.IntegerField(required=False)
    reasons = serializers.DictField(child=serializers.IntegerField(), required=False)
    labels = serializers.ListField(child=serializers.DictField(), required=False)


class UploadSerializer(serializers.ModelSerializer[Upload]):
    id = serializers.CharField(source="public_id", read_only=True)
    dataset = serializers.CharField(source="dataset.public_id", read_only=True)
    job = JobSerializer(read_only=True, allow_null=True)
    report = UploadReportSerializer(read_only=True)

    class Meta:
        model = Upload
        fields = (
            "id",
            "dataset",
            "format",
            "state",
            "file_count",
            "byte_size",
            "job",
            "report",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields


class UploadFileSerializer(serializers.ModelSerializer[UploadFile]):
    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = UploadFile
        fields = ("id", "name", "byte_size", "sha256", "created_at")
        read_only_fields = fields


class NewFileSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    name = serializers.CharField(
        required=False, max_length=400, help_text="Path in the upload; the file's own name when left out"
    )


class OutcomeSerializer(serializers.ModelSerializer[UploadOutcome]):
    asset = serializers.CharField(source="asset.public_id", default=None, allow_null=True)

    class Meta:
        model = UploadOutcome
        fields = ("name", "about", "result", "code", "message", "asset")
        read_only_fields = fields


class AssetSerializer(serializers.ModelSerializer[Asset]):
    """Links work for an hour, without signing in."""

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(source="original_name", read_only=True)
    location = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    preview_url = serializers.SerializerMethodField()
    display_url = serializers.SerializerMethodField()
    original_url = serializers.SerializerMethodField()

    class Meta:
        model = Asset
        fields = (
            "id",
            "name",
            "kind",
            "media_type",
            "width",
            "height",
            "byte_size",
            "sha256",
            "captured_at",
            "location",
            "moderation",
            "created_at",
            "thumbnail_url",
            "preview_url",
            "display_url",
            "original_url",
        )
        read_only_fields = fields

    @extend_schema_field(
        {
            "type": "object",
            "nullable": True,
            "properties": {"latitude": {"type": "number"}, "longitude": {"type": "number"}},
        }
    )
    def get_location(self, asset: Asset) -> Any:
        return asset.location

    def get_thumbnail_url(self, asset: Asset) -> str:
        return links.thumbnail(asset)

    def get_preview_url(self, asset: Asset) -> str:
        return links.preview(asset)

    def get_display_url(self, asset: Asset) -> str:
        return links.shown(asset)

    def get_original_url(self, asset: Asset) -> str:
        return links.original(asset)
