import pytest
from django.test import Client
from pytest_django import Settings

from core.styleguide import PAGES

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", [name for name in PAGES if name not in {"index", "workspace"}])
def test_every_page_shows_in_debug_mode(page: str, client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    assert client.get(f"/styleguide/{page}/").status_code == 200


def test_the_style_guide_is_not_for_visitors(client: Client, settings: Settings) -> None:
    settings.DEBUG = False
    assert client.get("/styleguide/").status_code == 404
    settings.DEBUG = True
    assert client.get("/styleguide/").status_code == 200
    assert client.get("/styleguide/workspace/").status_code == 200
    assert client.get("/styleguide/nothing/").status_code == 404


@pytest.mark.parametrize("path", ["login", "signup", "password/reset", "confirm-email", "password/reset/done"])
def test_pages_before_signing_in_use_the_kit(path: str, client: Client) -> None:
    response = client.get(f"/accounts/{path}/")
    assert response.status_code == 200
    assert 'class="narrow' in response.content.decode()
