from typing import Any

from rest_framework import serializers

from projects.forms import format_choices
from projects.models import Download, Project, ProjectGrant


class ProjectSerializer(serializers.ModelSerializer[Project]):
    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Project
        fields = ("id", "name", "description", "created_at")
        read_only_fields = ("id", "created_at")


class PurchaseSerializer(serializers.ModelSerializer[ProjectGrant]):
    """A licence held. The producer appears by pseudonym only."""

    id = serializers.CharField(source="grant.public_id", read_only=True)
    title = serializers.CharField(source="grant.title", read_only=True)
    license = serializers.CharField(source="grant.license.code", read_only=True)
    producer = serializers.CharField(source="grant.licensor.pseudonym", read_only=True)
    manifest_sha256 = serializers.CharField(source="grant.manifest.sha256", read_only=True)
    granted_at = serializers.DateTimeField(source="grant.granted_at", read_only=True)
    in_force = serializers.SerializerMethodField()
    ended_because = serializers.SerializerMethodField(help_text="Why the licence ended; empty while it is in force")

    class Meta:
        model = ProjectGrant
        fields = ("id", "title", "license", "producer", "manifest_sha256", "granted_at", "in_force", "ended_because")

    def get_in_force(self, row: ProjectGrant) -> bool:
        return not row.grant.ended_because

    def get_ended_because(self, row: ProjectGrant) -> str:
        return row.grant.ended_because


class PurchaseIdsSerializer(serializers.Serializer[Any]):
    grants = serializers.ListField(child=serializers.CharField(max_length=16), max_length=10_000)


class DownloadRequestSerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=format_choices())


class DownloadSerializer(serializers.ModelSerializer[Download]):
    id = serializers.CharField(source="public_id", read_only=True)
    format = serializers.CharField(source="archive.format", read_only=True)
    state = serializers.CharField(source="archive.state", read_only=True)
    byte_size = serializers.IntegerField(source="archive.byte_size", read_only=True)
    sha256 = serializers.CharField(source="archive.sha256", read_only=True)
    item_count = serializers.IntegerField(source="archive.item_count", read_only=True)
    dropped = serializers.JSONField(source="archive.dropped", read_only=True)
    progress_done = serializers.IntegerField(source="archive.job.progress_done", read_only=True, default=0)
    progress_total = serializers.IntegerField(source="archive.job.progress_total", read_only=True, default=None)
    problem = serializers.CharField(source="archive.problem", read_only=True)
    closed_because = serializers.CharField(
        read_only=True, help_text="Why the archive may no longer be fetched; empty while it may"
    )

    class Meta:
        model = Download
        fields = (
            "id",
            "format",
            "state",
            "progress_done",
            "progress_total",
            "problem",
            "closed_because",
            "byte_size",
            "sha256",
            "item_count",
            "dropped",
            "created_at",
        )
        read_only_fields = fields
