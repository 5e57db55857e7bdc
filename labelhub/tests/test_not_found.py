import pytest
from django.conf import LazySettings
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("address", ["/nowhere/", "/market/d/nothing/"])
def test_what_is_not_there_has_a_page_of_ours_even_in_debug_mode(
    client: Client, settings: LazySettings, debug: bool, address: str
) -> None:
    settings.DEBUG = debug
    answer = client.get(address)
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "There is nothing here" in page
    assert "URLconf" not in page


def test_a_program_that_errs_is_answered_in_the_one_shape(client: Client, settings: LazySettings) -> None:
    for debug in (True, False):
        settings.DEBUG = debug
        answer = client.get("/api/v1/nothing/")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
