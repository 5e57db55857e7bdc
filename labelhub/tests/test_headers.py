from typing import Any

import pytest
from django.test import Client

from core.headers import policy_text

pytestmark = pytest.mark.django_db


def directives(response: Any) -> dict[str, list[str]]:
    parts = (part.split() for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_written_into_it(client: Client) -> None:
    found = directives(client.get("/accounts/login/"))
    assert found["default-src"] == found["script-src"] == ["'self'"]
    assert found["object-src"] == found["frame-ancestors"] == ["'none'"]
    assert found["style-src"] == ["'self'"]


def test_the_admin_may_run_what_its_theme_needs(admin_client: Client) -> None:
    found = directives(admin_client.get("/admin/"))
    assert "'unsafe-eval'" in found["script-src"]
    assert found["frame-ancestors"] == ["'none'"]


def test_pages_are_not_kept_by_shared_caches(client: Client) -> None:
    assert "private" in client.get("/accounts/login/").headers["Cache-Control"]


def test_policy_text() -> None:
    assert (
        policy_text({"img-src": ["'self'", "data:"], "base-uri": ["'none'"]}) == "img-src 'self' data:; base-uri 'none'"
    )
