"""What a dataset is labelled with."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import PublicModel


class LabelSchema(PublicModel):
    """The classes a dataset is labelled with. Each class keeps its colour for good."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)

    def __str__(self) -> str:
        return self.name


class LabelClass(PublicModel):
    schema = models.ForeignKey(LabelSchema, on_delete=models.CASCADE, related_name="classes")
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(default=0)
    color_index = models.PositiveSmallIntegerField(default=0, help_text="0 to 19 in the colour sequence")
    shortcut = models.CharField(_("key"), max_length=1, blank=True, help_text="The key that chooses it, or none")
    skeleton = models.JSONField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["schema", "name"], name="one_class_per_name"),
            models.UniqueConstraint(fields=["schema", "shortcut"], condition=~Q(shortcut=""), name="one_class_per_key"),
            models.CheckConstraint(condition=Q(color_index__lt=20), name="class_color_known"),
        ]

    def __str__(self) -> str:
        return self.name
