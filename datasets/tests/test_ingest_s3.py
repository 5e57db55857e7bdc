"""The same job with media in a bucket, against a real S3 server over HTTP."""

import io
import zipfile
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pytest_django.fixtures import Settings

from accounts.tests.factories import UserFactory
from core.s3 import bucket_storage
from core.storage import media_storage
from datasets import stored
from datasets.models import Asset, Upload
from datasets.services import uploads
from datasets.tests import pictures
from datasets.tests.factories import UploadFactory
from jobs import runner

pytestmark = pytest.mark.django_db


@pytest.fixture
def _bucket(settings: Settings) -> Iterator[None]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address, access = f"http://{host}:{port}", {"region": "us-east-1", "access_key": "key", "secret_key": "secret"}
    client = boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.create_bucket(Bucket="media")
    inside = bucket_storage(bucket="media", endpoint=address, **access)
    settings.STORAGES = {**settings.STORAGES, "default": inside, "links": inside}
    yield
    server.stop()


@pytest.mark.usefixtures("_bucket")
def test_files_and_zips_are_read_from_a_bucket_and_stored_there() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/a.jpg", pictures.jpeg(seed=1))
    upload: Upload = UploadFactory()
    for name, data in {"b.jpg": pictures.jpeg(seed=2), "c.jpg": b"no image", "z.zip": packed.getvalue()}.items():
        uploads.receive_file(upload=upload, name=name, stream=io.BytesIO(data))
    staged = [file.staging_key for file in upload.files.all()]
    started = uploads.start_upload(upload=upload, actor=UserFactory())
    assert started.job is not None
    runner.run(started.job.pk)
    upload.refresh_from_db()
    assert (upload.report["added"], upload.report["rejected"]) == (2, 1)
    for asset in Asset.objects.all():
        with stored.open_object(asset.storage_key) as file:
            assert len(file.read()) == asset.byte_size
        assert media_storage().exists(asset.thumbnail_key)
    assert not any(media_storage().exists(key) for key in staged)
