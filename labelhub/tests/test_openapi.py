import re

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

pytestmark = pytest.mark.django_db


def test_the_description_is_valid_and_nothing_in_it_was_guessed() -> None:
    with GENERATOR_STATS.silence():
        schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    guessed = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert guessed == [], "name the serializer, parameter or operation_id with @extend_schema"


def test_every_operation_tells_its_error_shape_and_how_to_sign_in(client: Client) -> None:
    schema = client.get("/api/schema/", headers={"Accept": "application/json"}).json()
    for path in schema["paths"].values():
        for operation in path.values():
            assert "default" in operation["responses"]
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_the_reference_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert "/api/v1/organizations/{slug}/tokens/" in page
    assert "list of read | write | buy | manage" in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
