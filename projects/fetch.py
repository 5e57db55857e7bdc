"""The bytes of an archive: from the bucket by a short-lived link, or from disk with byte ranges."""

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.ranges import file_response
from core.storage import media_storage, on_disk, signed_url
from projects.models import Download

LINK_SECONDS = 300


def archive_response(request: HttpRequest | Request, download: Download) -> HttpResponseBase:
    """The caller has checked the right to it. A bucket serves ranges itself, so it is only pointed to."""
    archive = download.archive
    filename = f"labelhub-{archive.format}-{archive.content_key[:12]}.zip"
    if not on_disk():
        return HttpResponseRedirect(signed_url(archive.storage_key, seconds=LINK_SECONDS, filename=filename))
    return file_response(
        request,
        media_storage().open(archive.storage_key),
        byte_size=archive.byte_size,
        sha256=archive.sha256,
        filename=filename,
        content_type="application/zip",
    )
