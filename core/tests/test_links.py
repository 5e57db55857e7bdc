"""Links to files on disk: who holds one may fetch, until it ends."""

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.test import Client

from core.storage import media_storage, signed_url


@pytest.fixture
def key() -> str:
    return media_storage().save("links/heron.webp", ContentFile(b"a picture"))


def test_pages_of_the_same_minutes_share_a_link(key: str) -> None:
    with time_machine.travel("2026-11-20 12:01:00", tick=False) as clock:
        first = signed_url(key, seconds=3600)
        clock.shift(600)
        assert signed_url(key, seconds=3600) == first
        clock.shift(600)
        assert signed_url(key, seconds=3600) != first


def test_a_link_ends(client: Client, key: str) -> None:
    with time_machine.travel("2026-11-20 12:01:00", tick=False) as clock:
        link = signed_url(key, seconds=3600)
        fetched = client.get(link)
        assert b"".join(fetched) == b"a picture"
        assert fetched["Cache-Control"] == "private, max-age=3540, immutable"
        clock.shift(3600)
        assert client.get(link).status_code == 404


def test_a_changed_link_opens_nothing(client: Client, key: str) -> None:
    link = signed_url(key)
    assert client.get(link.replace("/media/", "/media/x")).status_code == 404
    assert client.get(f"{link}x").status_code == 404
