import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from labelhub.guide.pages import FOLDER, ORDER

pytestmark = pytest.mark.django_db

TARGETS = re.compile(r'<a [^>]*?href="([^"]+)"')
IDS = re.compile(r' id="([^"]+)"')
OUTSIDE = re.compile(r"\]\((\.\./[^)#]+)")


def _address(slug: str) -> str:
    return reverse("guide:page", args=[slug])


def _text(client: Client, address: str) -> str:
    response = client.get(address, follow=True)
    assert response.status_code == 200, address
    return response.content.decode()


def _article(client: Client, slug: str) -> str:
    article = _text(client, _address(slug)).partition("<article")[2].partition("</article>")[0]
    return " ".join(article.split())


def test_the_contents_lead_to_every_file(client: Client) -> None:
    contents = _text(client, reverse("guide:contents"))
    assert {path.stem for path in FOLDER.glob("*.md")} == set(ORDER)
    assert [contents.count(f'href="{_address(slug)}"') for slug in ORDER] == [1] * len(ORDER)


@pytest.mark.parametrize("slug", ORDER)
def test_every_link_of_a_page_leads_somewhere(client: Client, slug: str) -> None:
    for target in TARGETS.findall(_article(client, slug)):
        address, _hash, anchor = unescape(target).partition("#")
        assert address.startswith("/"), target
        assert not anchor or anchor in IDS.findall(_text(client, address)), target


def test_links_out_of_the_guide_are_right_in_the_repository_and_plain_text_here(client: Client) -> None:
    for slug in ORDER:
        for target in OUTSIDE.findall((FOLDER / f"{slug}.md").read_text()):
            assert (FOLDER / target).exists(), target
    assert ">README<" not in _article(client, "operating")
    assert "README" in _article(client, "operating")


def test_tables_code_and_headings_look_like_the_site(client: Client) -> None:
    article = _article(client, "teams")
    assert '<table class="table">' in article
    assert '<th scope="row"><span>Release versions</span></th> <td data-label="Owner"><span>Yes</span></td>' in article
    assert '<h2 id="two-factor-sign-in-and-passkeys">' in article
    assert article.count("<h1>") == 1
    assert 'class="codeblock"' in _article(client, "programs")


def test_pages_follow_one_another(client: Client) -> None:
    first, last = _article(client, ORDER[0]), _article(client, ORDER[-1])
    assert 'rel="prev"' not in first
    assert f'href="{_address(ORDER[1])}" rel="next"' in first
    assert f'href="{_address(ORDER[-2])}" rel="prev"' in last
    assert 'rel="next"' not in last


def test_an_unknown_page_is_not_found(client: Client) -> None:
    assert client.get("/guide/nothing/").status_code == 404
    assert client.get("/guide/README.md").status_code == 404


def test_the_guide_is_in_the_sitemap_and_the_footer(client: Client) -> None:
    assert _address("buying") in _text(client, "/sitemap-guide.xml")
    assert "sitemap-guide.xml" in _text(client, "/sitemap.xml")
    assert f'href="{reverse("guide:contents")}"' in _text(client, "/market/")
