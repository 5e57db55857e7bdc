"""Files that pages and the API hand out alike."""

from django.http import StreamingHttpResponse

from datasets import manifests
from datasets.models import DatasetVersion


def manifest_response(version: DatasetVersion) -> StreamingHttpResponse:
    """The manifest file of a released version, written as it is sent."""
    manifest = manifests.of(version)
    response = StreamingHttpResponse(manifests.file_lines(manifest), content_type="application/jsonl")
    name = f"{version.dataset.slug}-v{version.number}-manifest.jsonl"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = f'"{manifest.sha256}"'
    return response
