"""The parameters of a request, whatever they were sent as: a v1 form, v2's JSON, an upload, a query."""

import hashlib
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from payments.sandbox.errors import ApiError, Json
from payments.sandbox.params import as_form, decode


@dataclass(frozen=True)
class Body:
    """What was given, nested and still text, and bytes that are equal for equal requests."""

    given: Json
    identity: bytes


def read(request: HttpRequest) -> Body:
    if request.method != "POST":
        return read_form(request.META.get("QUERY_STRING", "").encode())
    if request.path.startswith("/v2/"):
        return read_json(request.body)
    return read_upload(request) if request.content_type == "multipart/form-data" else read_form(request.body)


def read_form(raw: bytes) -> Body:
    return Body(decode(parse_qsl(raw.decode(), keep_blank_values=True)), raw)


def read_json(raw: bytes) -> Body:
    try:
        given = json.loads(raw or b"{}")
    except ValueError as error:
        raise ApiError("The body is not JSON.", kept=False) from error
    if not isinstance(given, dict):
        raise ApiError("The body must be a JSON object.", kept=False)
    return Body(as_form(given), raw)


def read_upload(request: HttpRequest) -> Body:
    """Each file as facts about it. The boundary between the parts differs from attempt to attempt."""
    fields = [(str(name), str(value)) for name, value in request.POST.items()]
    files = {str(name): facts(file) for name, file in request.FILES.items() if isinstance(file, UploadedFile)}
    given = decode(fields) | files
    return Body(given, json.dumps(given, sort_keys=True).encode())


def facts(file: "UploadedFile[bytes]") -> Json:
    content = file.read()
    digest = hashlib.sha256(content).hexdigest()
    return {"name": file.name, "size": len(content), "begins": content[:4].hex(), "sha256": digest}
