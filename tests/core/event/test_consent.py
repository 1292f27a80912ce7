from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.event.consent import PURPOSES, read_consent


def none_expected(mark: str) -> None:
    raise AssertionError(mark)


MAP = {"C0002": "analytics", "C0004": "marketing", "C0005": "marketing"}


def said(context: dict[str, Any]) -> dict[str, bool]:
    """The purposes that were spoken of; nothing else, and no mark."""
    marks: list[str] = []
    consent = read_consent(context, MAP, marks.append)
    assert tuple(consent) == PURPOSES
    assert marks == []
    return {purpose: value for purpose, value in consent.items() if value is not None}


def consent_of(**consent: Any) -> dict[str, bool]:
    return said({"consent": consent})


def test_nothing_said_is_no_value_for_any_purpose() -> None:
    assert said({}) == said({"consent": None}) == said({"consent": {}}) == {}
    assert consent_of(canonical=None, categories=None, categoryPreferences={}) == {}


@pytest.mark.parametrize("shape", ["canonical", "categories", "categoryPreferences"])
def test_each_shape_names_purposes(shape: str) -> None:
    given = {"essential": True, "marketing": False, "unheard-of": True, "analytics": None}
    assert consent_of(**{shape: given}) == {"essential": True, "marketing": False}


def test_flat_booleans_name_purposes() -> None:
    flat = consent_of(marketing=True, functional=False, advertising=True, ad_user_data=False)
    assert flat == {"marketing": True, "functional": False}


def test_canonical_beats_categories_beats_flat_purpose_by_purpose() -> None:
    assert consent_of(
        canonical={"marketing": False},
        categories={"marketing": True, "analytics": False},
        marketing=True,
        analytics=True,
        functional=True,
    ) == {"marketing": False, "analytics": False, "functional": True}


def test_mapped_codes_are_ored() -> None:
    assert consent_of(categories={"C0004": False, "C0005": True}) == {"marketing": True}
    assert consent_of(categories={"C0005": True, "C0004": False}) == {"marketing": True}
    assert consent_of(categories={"C0004": False, "C0002": True}) == {
        "marketing": False,
        "analytics": True,
    }


def test_codes_are_case_sensitive() -> None:
    assert consent_of(categories={"c0004": True}) == {}


def test_a_category_named_like_a_purpose_beats_mapped_codes() -> None:
    assert consent_of(categories={"C0004": True, "marketing": False}) == {"marketing": False}
    assert consent_of(categories={"marketing": False, "C0004": True}) == {"marketing": False}


def test_a_purpose_s_own_name_cannot_be_mapped_to_another() -> None:
    consent = read_consent(
        {"consent": {"categories": {"marketing": True}}}, {"marketing": "analytics"}, none_expected
    )
    assert (consent["marketing"], consent["analytics"]) == (True, None)


def test_another_spelling_of_a_purpose_is_a_code_like_any_other() -> None:
    assert consent_of(categories={"Marketing": True}) == {}
    mapped = read_consent(
        {"consent": {"categories": {"Marketing": True}}}, {"Marketing": "marketing"}, none_expected
    )
    assert mapped["marketing"] is True


@given(st.dictionaries(st.sampled_from([*PURPOSES, "C0004", "x"]), st.sampled_from([True, False])))
def test_the_short_way_for_plain_consent_says_what_the_long_one_does(
    shape: dict[str, bool],
) -> None:
    # An empty `categories` beside it says nothing, and is no plain consent.
    assert consent_of(canonical=shape) == consent_of(canonical=shape, categories={})


def test_rudderstack_s_lists_are_categories() -> None:
    lists = {"allowedConsentIds": ["C0004", 7], "deniedConsentIds": ["analytics"], "provider": "x"}
    assert said({"consentManagement": lists}) == {"marketing": True, "analytics": False}


def test_an_id_that_is_allowed_and_denied_is_denied() -> None:
    lists = {"allowedConsentIds": ["marketing"], "deniedConsentIds": ["marketing"]}
    assert said({"consentManagement": lists}) == {"marketing": False}


@pytest.mark.parametrize(
    ("context", "place"),
    [
        ({"consent": True}, "$.context.consent"),
        ({"consent": {"canonical": ["marketing"]}}, "$.context.consent.canonical"),
        ({"consent": {"categories": "all"}}, "$.context.consent.categories"),
        ({"consent": {"marketing": "granted"}}, "$.context.consent.marketing"),
        ({"consent": {"canonical": {"marketing": 1}}}, "$.context.consent.canonical.marketing"),
        (
            {"consent": {"categoryPreferences": {"C0004": "true"}}},
            "$.context.consent.categoryPreferences.C0004",
        ),
        ({"consentManagement": []}, "$.context.consentManagement"),
        (
            {"consentManagement": {"deniedConsentIds": "C0004"}},
            "$.context.consentManagement.deniedConsentIds",
        ),
    ],
)
def test_what_is_no_boolean_is_ignored_and_marked(context: dict[str, Any], place: str) -> None:
    marks: list[str] = []
    assert set(read_consent(context, MAP, marks.append).values()) == {None}
    assert marks == [f"consent_ignored: {place}"]


def test_what_has_nothing_to_do_with_a_purpose_is_not_marked() -> None:
    assert consent_of(provider="OneTrust", categories={"C0009": "true"}) == {}


def test_events_share_no_consent() -> None:
    read_consent({}, {}, none_expected)["marketing"] = True
    assert read_consent({}, {}, none_expected)["marketing"] is None


@given(
    st.dictionaries(
        st.sampled_from([*PURPOSES, "canonical", "categories", "categoryPreferences", "C0004"]),
        st.none()
        | st.booleans()
        | st.text(max_size=3)
        | st.dictionaries(st.sampled_from([*PURPOSES, "C0004"]), st.none() | st.booleans()),
    )
)
def test_a_purpose_is_true_only_if_something_true_was_said(consent: dict[str, Any]) -> None:
    read = read_consent({"consent": consent}, MAP, [""].append)
    trues = [key for key, value in consent.items() if value is True]
    for value in consent.values():
        if isinstance(value, dict):
            trues += [key for key, inner in value.items() if inner is True]
    for purpose, value in read.items():
        assert value is not True or purpose in trues or "C0004" in trues
