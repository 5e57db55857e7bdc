"""Files for dispute evidence. The SDK sends them to its `files` base address, which must point here too.

What is in a file is not kept: no bank reads it.
"""

import stripe

from payments.sandbox.api import Call, endpoint
from payments.sandbox.errors import ApiError, Json
from payments.sandbox.shapes import shaped
from payments.sandbox.store import new_id

LARGEST = 5 * 1024 * 1024
# By their first bytes: the SDK names no content type.
TYPES = {b"%PDF": "pdf", b"\x89PNG": "png", b"\xff\xd8\xff\xe0": "jpg", b"\xff\xd8\xff\xe1": "jpg"}


@endpoint(stripe.params.FileCreateParams, "file", "purpose")
def create(call: Call) -> Json:
    file = call.params["file"]
    if call.params["purpose"] != "dispute_evidence":
        raise ApiError("The sandbox only takes files with the purpose dispute_evidence.", param="purpose", kept=False)
    if not isinstance(file, dict) or not 0 < file.get("size", 0) <= LARGEST:
        raise ApiError("Send a file of at most 5 MB.", param="file", kept=False)
    kind = TYPES.get(bytes.fromhex(file["begins"]))
    if kind is None:
        raise ApiError("Evidence is a PDF, JPEG or PNG file.", param="file", code="file_type_unsupported", kept=False)
    return call.store.add(
        shaped(
            stripe.File,
            id=new_id("file"),
            object="file",
            created=call.store.now,
            filename=file["name"],
            links={"object": "list", "data": [], "has_more": False, "url": "/v1/file_links"},
            purpose="dispute_evidence",
            size=file["size"],
            type=kind,
        )
    )


@endpoint(stripe.params.FileRetrieveParams)
def retrieve(call: Call, identifier: str) -> Json:
    return call.store.get("file", identifier)
