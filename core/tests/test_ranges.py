import hashlib
import io

import pytest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from core.ranges import file_response

DATA = bytes(range(256)) * 10
SHA = hashlib.sha256(DATA).hexdigest()


def fetch(method: str = "get", **headers: str) -> HttpResponseBase:
    request = getattr(RequestFactory(), method)("/", headers=headers)
    return file_response(
        request, io.BytesIO(DATA), byte_size=len(DATA), sha256=SHA, filename="a.zip", content_type="application/zip"
    )


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]  # a streaming response


def test_the_whole_file() -> None:
    response = fetch()
    assert (response.status_code, response["Content-Length"], response["ETag"]) == (200, str(len(DATA)), f'"{SHA}"')
    assert body(response) == DATA


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 9), ("bytes=2550-", 2550, 2559), ("bytes=-5", 2555, 2559), ("bytes=9-99999", 9, 2559)],
)
def test_one_range(asked: str, start: int, end: int) -> None:
    response = fetch(Range=asked)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {start}-{end}/{len(DATA)}"
    assert body(response) == DATA[start : end + 1]


@pytest.mark.parametrize("asked", ["bytes=2560-", "bytes=9-3", "bytes=-0"])
def test_a_range_outside_the_file(asked: str) -> None:
    response = fetch(Range=asked)
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{len(DATA)}")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "items=0-1", "bytes=-", "bytes=a-b"])
def test_what_is_not_one_byte_range_gets_the_whole_file(asked: str) -> None:
    assert fetch(Range=asked).status_code == 200


def test_if_range_with_another_version_gets_the_whole_file() -> None:
    assert fetch(Range="bytes=0-9", **{"If-Range": '"old"'}).status_code == 200
    assert fetch(Range="bytes=0-9", **{"If-Range": f'"{SHA}"'}).status_code == 206


def test_head_tells_the_length_without_the_body() -> None:
    response = fetch("head")
    assert response["Content-Length"] == str(len(DATA))
    assert response.content == b""  # type: ignore[attr-defined]  # a plain response
