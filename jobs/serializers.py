from rest_framework import serializers

from jobs.models import Job


class JobSerializer(serializers.ModelSerializer[Job]):
    id = serializers.CharField(source="public_id", read_only=True)
    created_by = serializers.CharField(source="created_by.name", read_only=True, default=None)
    rate = serializers.FloatField(read_only=True, help_text="Items a second")
    seconds_left = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "title",
            "subject",
            "state",
            "progress_done",
            "progress_total",
            "rate",
            "seconds_left",
            "message",
            "result",
            "error",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    title = serializers.CharField(read_only=True)
