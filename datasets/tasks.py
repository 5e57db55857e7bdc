from typing import Any

from datasets import ingest, quota, release, staging
from datasets.services import assets, uploads
from jobs.context import JobContext
from jobs.registry import job, periodic


@job("datasets.release", title="Release a version", queue="labels")
def release_version(context: JobContext) -> dict[str, Any]:
    return release.build(context)


@job("datasets.ingest", title="Read an upload", queue="media")
def ingest_upload(context: JobContext) -> dict[str, Any]:
    return ingest.run(context)


@periodic("datasets.clear_staging", seconds=30)
def clear_staging() -> None:
    staging.clear_ended()


@periodic("datasets.expire_uploads", seconds=3600)
def expire_uploads() -> None:
    uploads.expire_uploads()


@periodic("datasets.recount_usage", seconds=24 * 3600)
def recount_usage() -> None:
    quota.recount()


@periodic("datasets.purge_media", seconds=300)
def purge_media() -> None:
    assets.purge()
