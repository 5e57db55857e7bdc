from typing import Any

from datasets import release
from jobs.context import JobContext
from jobs.registry import job


@job("datasets.release", title="Release a version", queue="labels")
def release_version(context: JobContext) -> dict[str, Any]:
    return release.build(context)
