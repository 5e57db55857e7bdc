"""The template tags, rendered: what a page builder writes and what a reader gets."""

from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from core.kit import overlays
from core.kit.marks import mark_path
from core.pagination import KeysetPage


def rendered(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('{{ 123456|money:"USD" }}', "1,234.56 USD"),
        ('{{ 1234|money:"JPY" }}', "1,234 JPY"),
        ('{{ 1234|money:"KWD" }}', "1.234 KWD"),
        ('{{ -735|money:"EUR" }}', "\N{MINUS SIGN}7.35 EUR"),
        ('{{ 735|money_signed:"EUR" }}', "+7.35 EUR"),
        ('{{ nothing|money:"EUR" }}', ""),
        ("{{ 1234567|number }}", "1,234,567"),
        ("{{ 0.972|percent }}", "97.2 %"),
        ("{{ 999|bytes_size }}", "999 B"),
        ("{{ 1000|bytes_size }}", "1.0 kB"),
        ("{{ 12400000|bytes_size }}", "12.4 MB"),
        ("{{ 0|bytes_size }}", "0 B"),
        ("{{ 75|duration }}", "1 min 15 s"),
        ("{{ 8130|duration }}", "2 h 15 min"),
        ("{{ 0|duration }}", "0 s"),
    ],
)
def test_figures(source: str, text: str) -> None:
    assert rendered(source, nothing=None).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_button_is_a_link_when_it_goes_somewhere() -> None:
    html = rendered('{% button "Open" href="/x/" hx_get="/y/" disabled=False %}')
    assert '<a class="btn btn-secondary"' in html
    assert 'hx-get="/y/"' in html
    assert "disabled" not in html
    assert "type=" not in html


def test_an_icon_button_has_a_name() -> None:
    html = rendered('{% button "Search" icon="search" icon_only=True %}')
    assert 'aria-label="Search"' in html
    assert ">Search<" not in html


def test_text_is_escaped() -> None:
    html = rendered('{% button text %}{% badge text %}{% dialog "d" text %}{{ text }}{% enddialog %}', text="<b>")
    assert "<b>" not in html
    assert html.count("&lt;b&gt;") == 4


def test_a_state_is_a_word_with_an_icon() -> None:
    html = rendered('{% state "taken_down" %}')
    assert "Taken down" in html
    assert "#ban" in html
    assert 'data-tone="error"' in html


class NameForm(forms.Form):
    name = forms.CharField(help_text="Buyers see this.")
    licence = forms.ChoiceField(choices=[("a", "One"), ("b", "Two")], widget=forms.RadioSelect, required=False)


def test_a_wrong_field_points_at_its_error_and_its_help() -> None:
    html = rendered("{% form_fields form %}", form=NameForm({"name": ""}))
    assert 'aria-describedby="id_name_error id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert "One thing needs to change." in html
    assert '<a href="#id_name">Name</a>' in html


def test_choices_explain_themselves() -> None:
    html = rendered("{% field form.licence helps=helps %}", form=NameForm(), helps={"b": "The second."})
    assert html.count('class="choice"') == 2
    assert "The second." in html
    assert "optional" in html


def test_shapes_are_drawn_in_pixels_of_the_picture() -> None:
    box: overlays.Shape = {"label": "cat", "color_index": 23, "x": 10, "y": 20, "w": 30.5, "h": 40}
    drawn = overlays.drawn(box, 100, 200)
    assert drawn["points"] == "10,20 40.5,20 40.5,60 10,60"
    assert drawn["css"] == "label-3"
    assert drawn["corner"] == "left: 10.00%; top: 10.00%"
    triangle: overlays.Shape = {"label": "ear", "color_index": 0, "points": [(1, 2), (3, 4), (5, 0)]}
    assert overlays.drawn(triangle, 10, 10)["points"] == "1,2 3,4 5,0"


def test_a_media_card_scales_its_labels_with_the_picture() -> None:
    shapes = [{"label": "cat", "color_index": 1, "x": 0, "y": 0, "w": 1200, "h": 5}]
    html = rendered('{% media_card src="/a.jpg" width=1200 height=800 shapes=shapes names=True %}', shapes=shapes)
    assert 'viewBox="0 0 1200 800"' in html
    assert "--ratio: 1.5000" in html
    assert ">cat</span>" in html


def test_a_listing_without_a_price_is_free() -> None:
    source = '{% listing title="T" href="/" cover=cover price=0 currency="EUR" producer="P" items=1 %}'
    html = rendered(source, cover=[])
    assert "Free" in html
    assert "1 image<" in html


def test_quality_tells_its_interval_and_its_sample() -> None:
    html = rendered("{% quality 0.972 0.961 0.981 1204 %}").replace("\N{NO-BREAK SPACE}", " ")
    assert "97.2 %" in html
    assert "± 1.1" in html
    assert "1,204 items checked" in html


def test_bars_are_relative_to_the_longest_and_fold_away() -> None:
    rows = [{"label": "a", "count": 10}, {"label": "b", "count": 5}, {"label": "c", "count": 0}]
    html = rendered('{% bar_list rows label="Labels" limit=2 %}', rows=rows)
    assert "width: 100.0%" in html
    assert "width: 50.0%" in html
    assert "One more" in html
    assert "width:" not in rendered('{% bar_list rows label="Labels" %}', rows=[])


def test_a_chart_carries_its_data_as_a_table() -> None:
    html = rendered('{% line_chart "Income" columns rows unit="EUR" %}', columns=["Month", "EUR"], rows=[["May", 1.5]])
    assert 'data-value="1.5"' in html
    assert '<th scope="row">May</th>' in html


def test_a_column_head_sorts_and_then_turns_round() -> None:
    request = RequestFactory().get("/", {"sort": "price", "after": "x", "q": "cat"})
    html = rendered('{% sort_header "Price" "price" numeric=True %}', request=request)
    assert 'aria-sort="ascending"' in html
    assert "sort=-price" in html
    assert "q=cat" in html
    assert "after" not in html


def test_a_pager_without_another_page_is_only_its_note() -> None:
    html = rendered('{% pager page note="3 items" %}', page=KeysetPage([], "", ""))
    assert "3 items" in html
    assert "Next" not in html
    assert 'rel="next"' in rendered("{% pager page %}", page=KeysetPage([], "?after=x", ""))


def test_progress_without_a_total_claims_no_share() -> None:
    html = rendered('{% progress "Import" 0 0 %}')
    assert "aria-valuenow" not in html
    assert 'aria-valuenow="50"' in rendered('{% progress "Import" 5 10 rate=2 seconds_left=3 %}')


def test_a_room_without_a_route_is_left_out() -> None:
    assert rendered('{% nav_url "nowhere:at-all" %}') == ""
    assert rendered('{% nav_url "account_login" %}') == "/accounts/login/"


def test_marks_are_stable_and_mirrored() -> None:
    assert mark_path("Quiet Heron") == mark_path("Quiet Heron") != mark_path("Amber Lynx")
    cells = {(int(part[0]), int(part[2])) for part in mark_path("Quiet Heron").split("M")[1:]}
    assert cells == {(4 - x, y) for x, y in cells}
