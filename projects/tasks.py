from typing import Any

from django.utils.translation import gettext_lazy as _

from jobs.context import JobContext
from jobs.registry import job
from projects import pack


@job("projects.pack", title=_("Pack a download"), queue="exports")
def run_pack(context: JobContext) -> dict[str, Any]:
    return pack.pack(context)
