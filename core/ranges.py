"""Byte ranges (RFC 9110, section 14), which Django does not serve: interrupted downloads continue."""

import re
from collections.abc import Iterator
from typing import IO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

CHUNK = 256 * 1024
_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def file_response(
    request: HttpRequest, handle: IO[bytes], *, byte_size: int, sha256: str, filename: str, content_type: str
) -> HttpResponseBase:
    """The file, or the one range asked for. `sha256` is the strong ETag, so If-Range is exact."""
    etag = f'"{sha256}"'
    start, end, status = 0, byte_size - 1, 200
    wanted = _ONE_RANGE.match(request.headers.get("Range", ""))
    if wanted and wanted.group(0) != "bytes=-" and request.headers.get("If-Range", etag) == etag:
        bounds = _bounds(wanted.group(1), wanted.group(2), byte_size)
        if bounds is None:
            handle.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{byte_size}"})
        (start, end), status = bounds, 206
    response = _body(request, handle, start, end, status)
    response["Content-Type"] = content_type
    response["Content-Length"] = str(end - start + 1)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-transform"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{end}/{byte_size}"
    return response


def _bounds(first: str, last: str, byte_size: int) -> tuple[int, int] | None:
    """Inclusive bounds, or None when they lie outside the file. An empty `first` asks for the last bytes."""
    if not first:
        start, end = max(byte_size - int(last), 0), byte_size - 1
    else:
        start, end = int(first), min(int(last) if last else byte_size - 1, byte_size - 1)
    return (start, end) if start <= end and start < byte_size else None


def _body(request: HttpRequest, handle: IO[bytes], start: int, end: int, status: int) -> HttpResponseBase:
    if request.method == "HEAD":
        handle.close()
        return HttpResponse(status=status)
    return StreamingHttpResponse(_chunks(handle, start, end - start + 1), status=status)


def _chunks(handle: IO[bytes], start: int, left: int) -> Iterator[bytes]:
    with handle:
        handle.seek(start)
        while left > 0 and (chunk := handle.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
