"""Classes and labels as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from datasets.labels import Label
from datasets.models import Annotation, DatasetItem, LabelChange, LabelClass, Split
from datasets.rules.kinds import KINDS


class LabelClassSerializer(serializers.ModelSerializer[LabelClass]):
    id = serializers.CharField(source="public_id", read_only=True)
    archived = serializers.SerializerMethodField()
    name = serializers.CharField(max_length=200, help_text="Any text; commas belong to the name")
    color_index = serializers.IntegerField(required=False, help_text="0 to 19 in the colour-blind-safe sequence")
    shortcut = serializers.CharField(required=False, allow_blank=True, max_length=5, help_text="One letter or digit")

    class Meta:
        model = LabelClass
        fields = ("id", "name", "position", "color_index", "shortcut", "skeleton", "archived")
        read_only_fields = ("position", "skeleton")

    def get_archived(self, label_class: LabelClass) -> bool:
        return label_class.archived_at is not None


class ClassChangeSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    name = serializers.CharField(required=False, max_length=200)
    color_index = serializers.IntegerField(required=False)
    shortcut = serializers.CharField(required=False, allow_blank=True, max_length=5)
    archived = serializers.BooleanField(required=False, help_text="An archived class takes no new labels")


class ClassOrderSerializer(serializers.Serializer[Any]):
    order = serializers.ListField(child=serializers.CharField(max_length=16), max_length=5_000)


class MergeSerializer(serializers.Serializer[Any]):
    into = serializers.CharField(max_length=16, help_text="The class that takes over the labels")


@extend_schema_field({"type": "object", "additionalProperties": True})
class PlainObject(serializers.DictField):
    pass


class AnnotationSerializer(serializers.ModelSerializer[Annotation]):
    """A label and where it came from. Geometry is in pixels of the upright image, as the kind says."""

    label_class = serializers.CharField(source="label_class.public_id")
    label_class_name = serializers.CharField(source="label_class.name")
    geometry = PlainObject()
    attributes = PlainObject()
    created_by = serializers.CharField(source="created_by.name", default=None, allow_null=True)
    imported_from = serializers.CharField(source="upload.format", default="", help_text="A format id")

    class Meta:
        model = Annotation
        fields = (
            "label_class",
            "label_class_name",
            "kind",
            "geometry",
            "attributes",
            "confidence",
            "provenance",
            "created_by",
            "created_at",
            "imported_from",
        )
        read_only_fields = fields


class LabelSerializer(serializers.Serializer[Any]):
    """A label as sent. Other fields that a read gives may be sent along; they are passed over."""

    label_class = serializers.CharField(max_length=16)
    kind = serializers.ChoiceField(list(KINDS))
    geometry = PlainObject(required=False, default=dict)
    attributes = PlainObject(required=False, default=dict)

    def to_internal_value(self, data: Any) -> Any:
        return Label(**super().to_internal_value(data))


class LabelsSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        default=None,
        help_text="The revision you started from. When someone changed the labels since, the answer is 409.",
    )
    annotations = LabelSerializer(many=True)


class ItemLabelsSerializer(serializers.Serializer[Any]):
    """An item's labels as they stand."""

    revision = serializers.IntegerField(help_text="Raised by each change; send it back when you save")
    annotations = AnnotationSerializer(many=True)


class RevisionSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField(min_value=0, help_text="The latest revision, which is to be taken back")


class LabelChangeSerializer(serializers.ModelSerializer[LabelChange]):
    actor = serializers.CharField(source="actor.name", default=None, allow_null=True)
    added = serializers.SerializerMethodField()
    removed = serializers.SerializerMethodField()

    class Meta:
        model = LabelChange
        fields = ("revision", "actor", "at", "added", "removed", "undoes")
        read_only_fields = fields

    def get_added(self, change: LabelChange) -> int:
        return len(change.added)

    def get_removed(self, change: LabelChange) -> int:
        return len(change.removed)


class ItemSerializer(serializers.ModelSerializer[DatasetItem]):
    id = serializers.CharField(source="asset.public_id", help_text="The asset's id")
    width = serializers.IntegerField(source="asset.width")
    height = serializers.IntegerField(source="asset.height")
    sha256 = serializers.CharField(source="asset.sha256")
    split = serializers.ChoiceField(Split.choices)
    annotations = serializers.SerializerMethodField()

    class Meta:
        model = DatasetItem
        fields = (
            "id",
            "name",
            "width",
            "height",
            "sha256",
            "split",
            "annotation_count",
            "revision",
            "added_at",
            "annotations",
        )
        read_only_fields = fields

    @extend_schema_field(AnnotationSerializer(many=True))
    def get_annotations(self, item: DatasetItem) -> list[dict[str, Any]]:
        rows: list[Annotation] = self.context["annotations"].get(item.asset_id, [])
        return list(AnnotationSerializer(rows, many=True).data)


class ItemsChangeSerializer(serializers.Serializer[Any]):
    """One change to many items; give exactly one of `tag`, `untag`, `split`, `remove`."""

    items = serializers.ListField(child=serializers.CharField(max_length=16), min_length=1, max_length=1_000)
    tag = serializers.CharField(required=False, max_length=16, help_text="A class to tag them with")
    untag = serializers.CharField(required=False, max_length=16, help_text="A class whose tag comes off")
    split = serializers.ChoiceField(Split.choices, required=False, allow_blank=True)
    remove = serializers.BooleanField(required=False, help_text="true takes them out of the dataset")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & {"tag", "untag", "split", "remove"}) != 1:
            raise serializers.ValidationError("Give exactly one of tag, untag, split, remove.")
        return attrs


class ChangedSerializer(serializers.Serializer[Any]):
    changed = serializers.IntegerField()
