"""The tabs of a dataset's pages."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from datasets.models import Dataset


def tabs(dataset: Dataset, here: str) -> list[dict[str, Any]]:
    """`here` is the name of the tab's route."""
    words = {
        "detail": (_("Overview"), None),
        "gallery": (_("Gallery"), dataset.item_count),
        "classes": (_("Classes"), None),
        "versions": (_("Versions"), None),
        "uploads": (_("Uploads"), None),
    }
    arguments = [dataset.organization.slug, dataset.slug]
    return [
        {"label": label, "url": reverse(f"datasets:{name}", args=arguments), "current": name == here, "count": count}
        for name, (label, count) in words.items()
    ]
