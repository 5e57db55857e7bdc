"""Media in a bucket, against a real S3 server over HTTP."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from django.core.files.base import ContentFile
from moto.server import ThreadedMotoServer
from pytest_django.fixtures import Settings

from core.s3 import bucket_storage
from core.storage import media_storage, on_disk, signed_url

ACCESS = {"region": "us-east-1", "access_key": "key", "secret_key": "secret"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def bucket(server: str, settings: Settings) -> str:
    boto3.client(
        "s3", endpoint_url=server, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    ).create_bucket(Bucket="media")
    inside = bucket_storage(bucket="media", endpoint=server, **ACCESS)
    settings.STORAGES = {**settings.STORAGES, "default": inside, "links": inside}
    return server


def test_saves_and_opens() -> None:
    key = media_storage().save("a/one.jpg", ContentFile(b"picture"))
    assert not on_disk()
    with media_storage().open(key) as handle:
        assert handle.read() == b"picture"


def test_never_overwrites() -> None:
    first = media_storage().save("a/same.jpg", ContentFile(b"first"))
    second = media_storage().save("a/same.jpg", ContentFile(b"second"))
    assert second != first
    with media_storage().open(first) as handle:
        assert handle.read() == b"first"


def test_a_link_opens_and_names_the_file() -> None:
    key = media_storage().save("a/two.zip", ContentFile(b"archive"))
    answer = httpx.get(signed_url(key, seconds=60, filename="Köln birds.zip"))
    assert (answer.status_code, answer.content) == (200, b"archive")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''K%C3%B6ln%20birds.zip"


def test_a_link_opens_a_part() -> None:
    key = media_storage().save("a/three.bin", ContentFile(b"0123456789"))
    answer = httpx.get(signed_url(key), headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"234")


def test_a_link_is_signed_for_its_time_and_key() -> None:
    url = signed_url("a/four.jpg", seconds=60)
    assert re.search(r"X-Amz-Expires=60&.*X-Amz-Signature=[0-9a-f]{64}", url)
    assert "secret" not in url


def test_links_carry_the_public_address(settings: Settings) -> None:
    public = bucket_storage(bucket="media", endpoint="https://media.example.com", **ACCESS)
    settings.STORAGES = {**settings.STORAGES, "links": public}
    link = urlsplit(signed_url("a/five.jpg"))
    assert (link.scheme, link.netloc, link.path) == ("https", "media.example.com", "/media/a/five.jpg")
