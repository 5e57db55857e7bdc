from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.rules.presets import PRESETS
from licensing.rules.spdx import CURATED, canonical_id, open_license
from licensing.rules.terms import (
    CONFLICT,
    EVERYTHING,
    LADDERS,
    Part,
    Terms,
    four_answers,
    from_data,
    grants_no_more_than,
    meet,
    meet_of,
    same,
    to_data,
    too_wide,
    within,
)

parts = st.builds(
    Part,
    **{name: st.sampled_from(steps) for name, steps in LADDERS.items()},
    days=st.none() | st.integers(1, 365),
    only_under=st.sampled_from(["", "CC-BY-4.0", "ODbL-1.0", CONFLICT]),
    reviewed=st.booleans(),
)
terms = st.builds(Terms, images=parts, labels=parts)
presets = {preset.code: preset.terms for preset in PRESETS}
open_terms = {found.spdx_id: found.terms for found in CURATED}


@given(terms, terms)
def test_the_meet_is_within_both(a: Terms, b: Terms) -> None:
    assert within(meet(a, b), a)
    assert within(meet(a, b), b)


@given(terms, terms, terms)
def test_the_meet_is_the_most_generous_of_those_within_both(a: Terms, b: Terms, c: Terms) -> None:
    assert within(c, meet(a, b)) == (within(c, a) and within(c, b))


@given(terms, terms, terms)
def test_the_order_of_items_does_not_matter(a: Terms, b: Terms, c: Terms) -> None:
    assert meet(a, b) == meet(b, a)
    assert meet(a, meet(b, c)) == meet(meet(a, b), c)
    assert meet(a, a) == a
    assert meet(a, EVERYTHING) == a


@given(terms, terms, terms)
def test_terms_are_partly_ordered(a: Terms, b: Terms, c: Terms) -> None:
    assert within(a, a)
    assert a == b or not (within(a, b) and within(b, a))
    assert within(a, c) or not (within(a, b) and within(b, c))


@given(terms)
def test_terms_survive_storage(a: Terms) -> None:
    assert from_data(to_data(a)) == a


@given(parts)
def test_every_part_has_four_answers(part: Part) -> None:
    assert four_answers(part).credit.code


@pytest.mark.parametrize(
    ("offered", "item", "allowed"),
    [
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0", True),
        ("CC-BY-4.0", "CC-BY-NC-4.0", False),
        ("CC0-1.0", "CC-BY-4.0", False),
        ("CC-BY-4.0", "CC0-1.0", True),
        ("ODbL-1.0", "CC-BY-SA-4.0", False),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0", True),
    ],
)
def test_an_open_licence_over_an_open_item(offered: str, item: str, allowed: bool) -> None:
    assert within(open_terms[offered], open_terms[item]) is allowed


def test_presets_widen_where_the_next_one_does_but_research_asks_for_credit() -> None:
    assert within(presets["evaluation"], presets["commercial-training"])
    assert within(presets["research"], presets["commercial-training"])
    assert not within(presets["commercial-training"], presets["research"])
    assert too_wide(presets["evaluation"].images, presets["research"].images) == ["credit"]


def test_a_dataset_grants_no_more_than_its_least_generous_item() -> None:
    items = [EVERYTHING, open_terms["CC0-1.0"], presets["research"]]
    assert grants_no_more_than(presets["research"], items)
    assert not grants_no_more_than(presets["commercial-training"], items)
    assert grants_no_more_than(open_terms["CC0-1.0"], [])


def test_two_share_alike_items_under_different_licences_cannot_be_offered_together() -> None:
    together = meet_of([open_terms["CC-BY-SA-4.0"], open_terms["ODbL-1.0"]])
    assert together.images.only_under == CONFLICT
    assert not any(within(offered, together) for offered in [*presets.values(), *open_terms.values()])


def test_labels_may_be_freer_than_images() -> None:
    mixed = replace(EVERYTHING, images=open_terms["CC-BY-NC-4.0"].images)
    assert within(mixed, mixed)
    assert not within(EVERYTHING, mixed)
    assert four_answers(mixed.images).commercial_use.verdict == "no"
    assert four_answers(mixed.labels).commercial_use.verdict == "yes"


def test_an_unread_licence_answers_nothing_and_allows_only_itself() -> None:
    unread = open_license("O-UDA-1.0").terms
    assert four_answers(unread.images).ship_model.verdict == "unknown"
    assert within(unread, unread)
    assert not within(presets["evaluation"], unread)
    assert not within(open_terms["MIT"], unread)


@pytest.mark.parametrize("text", ["", "   ", "free for all", "MIT OR Apache-2.0", "LicenseRef-mine"])
def test_only_one_listed_licence_is_an_spdx_id(text: str) -> None:
    assert canonical_id(text) == ""


def test_an_spdx_id_is_spelled_as_the_list_does() -> None:
    assert canonical_id(" cc-by-4.0 ") == "CC-BY-4.0"


@pytest.mark.parametrize("wrong", [{"use": "any"}, {"days": 0}])
def test_a_part_refuses_what_it_does_not_know(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is"):
        Part(**wrong)  # type: ignore[arg-type]  # the point of the test


def test_every_preset_has_a_text() -> None:
    assert all(len(preset.text) > 800 for preset in PRESETS)
    assert same(PRESETS[0].terms.images) == PRESETS[0].terms
