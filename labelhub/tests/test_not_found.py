import json

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory
from django.urls import get_resolver


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


def test_a_view_that_fell_answers_programs_in_the_one_shape_too(rf: RequestFactory) -> None:
    failed = get_resolver().resolve_error_handler(500)
    answer = failed(rf.get("/api/v1/me/"))
    assert (answer.status_code, json.loads(answer.content)["error"]["code"]) == (500, "server_error")
    assert b"<html" in failed(rf.get("/market/")).content
