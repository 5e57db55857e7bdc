"""How a bucket is reached. Used by the settings, so nothing here may import them."""

from typing import Any
from urllib.parse import urlsplit


def bucket_storage(
    *, bucket: str, endpoint: str | None, region: str, access_key: str | None, secret_key: str | None
) -> dict[str, Any]:
    """An entry for STORAGES: private objects, signed links, never overwritten.

    Without `endpoint` it is Amazon's; without keys they come from the machine's own role.
    """
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint,
            "region_name": region,
            "access_key": access_key,
            "secret_key": secret_key,
            "addressing_style": "path" if endpoint else "auto",
            "file_overwrite": False,
            "querystring_auth": True,
            "signature_version": "s3v4",
        },
    }


def bucket_origins(bucket: str, endpoint: str | None, region: str) -> list[str]:
    """Where a browser may be sent for an object, for the content security policy."""
    if endpoint:
        return ["{0.scheme}://{0.netloc}".format(urlsplit(endpoint))]
    return [f"https://{bucket}.s3.amazonaws.com", f"https://{bucket}.s3.{region}.amazonaws.com"]
