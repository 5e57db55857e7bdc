"""How the API describes itself: one tag per resource, the token scheme, the one error shape."""

import inspect
import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from core.errors import error_body
from labelhub import reference

ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "For programs, such as `not_found`."},
                "message": {"type": "string", "description": "For people: what happened and what to do."},
                "fields": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                    "description": "What is wrong, by the name of the input.",
                },
                "request_id": {"type": "string", "description": "Name it when you ask for help."},
            },
        }
    },
}


class ResourceSchema(AutoSchema):
    def _tokenize_path(self) -> list[str]:
        """Tags and operation names speak of the resource, not of the organisation that all of them live in."""
        tokens: list[str] = super()._tokenize_path()
        return tokens[1:] if tokens[0] == "organizations" and len(tokens) > 1 else tokens

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular drops the arguments
        """What the handler says, else what the view itself says; a base class speaks to us, not to callers."""
        handler = getattr(self.view, self.method.lower())
        return inspect.cleandoc(handler.__doc__ or type(self.view).__dict__.get("__doc__") or "")


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its __init_subclass__ has no types
    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "lh_…"}


def add_errors(result: dict[str, Any], **_rest: Any) -> dict[str, Any]:
    """Every operation may answer with an error, and always in the same shape."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = {"description": "What went wrong.", "content": content}
    return result


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    basics = f'export LABELHUB={settings.SITE_URL}\ncurl $LABELHUB/api/v1/me/ -H "Authorization: Bearer lh_…"'
    error = json.dumps(
        error_body("invalid", _("Some of what was sent is not right."), {"name": ["…"]}), indent=2, ensure_ascii=False
    )
    return render(request, "api_docs.html", {"resources": reference.resources(), "basics": basics, "error": error})
