from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.event.identifiers import account_id, derived_session_id, id_text, session_id


def none_expected(mark: str) -> None:
    raise AssertionError(mark)


@given(st.integers())
def test_a_whole_number_is_its_decimal_digits(number: int) -> None:
    assert id_text(number) == str(number)


@pytest.mark.parametrize(
    ("value", "text"), [(" u ", " u "), ("", None), ("\u00a0\t", None), (None, None)]
)
def test_text_stays_as_it_was_sent_and_blank_is_missing(
    value: str | None, text: str | None
) -> None:
    assert id_text(value) == text


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1.0, "a number with"), (True, "true or false"), ({}, "an object"), ([], "a list")],
)
def test_anything_else_is_refused_in_words_for_the_sender(value: object, kind: str) -> None:
    with pytest.raises(ValueError, match=f"an id is text or a whole number, not {kind}"):
        id_text(value)


def test_the_account_is_the_first_place_that_names_one() -> None:
    context: dict[str, object] = {"groupId": "1"}
    properties: dict[str, object] = {"groupId": "2", "accountId": "3"}
    traits: dict[str, object] = {"groupId": 4, "accountId": "5"}
    found = []
    for holder, key in (
        (context, "groupId"),
        (properties, "groupId"),
        (properties, "accountId"),
        (traits, "groupId"),
        (traits, "accountId"),
    ):
        found.append(account_id(context, properties, traits, none_expected))
        holder[key] = "  "
    assert found == ["1", "2", "3", "4", "5"]
    assert account_id(context, properties, traits, none_expected) is None


def test_the_session_is_the_context_s_before_the_properties() -> None:
    assert session_id({"sessionId": 1, "session_id": "2"}, {"sessionId": "3"}, none_expected) == "1"
    assert session_id({"session_id": "2"}, {"sessionId": "3"}, none_expected) == "2"
    assert session_id({}, {"sessionId": "3", "session_id": "4"}, none_expected) == "3"
    assert session_id({}, {"session_id": "4"}, none_expected) == "4"
    assert session_id({}, {}, none_expected) is None


def test_what_cannot_be_an_id_is_passed_over_and_marked() -> None:
    marks: list[str] = []
    assert session_id({"sessionId": 1.5}, {"sessionId": {}, "session_id": "s"}, marks.append) == "s"
    assert account_id({"groupId": []}, {}, {"accountId": False}, marks.append) is None
    assert marks == [
        "session_ignored: $.context.sessionId",
        "session_ignored: $.properties.sessionId",
        "account_ignored: $.context.groupId",
        "account_ignored: $.traits.accountId",
    ]


def test_a_derived_session_keeps_account_and_user_apart() -> None:
    time = "2026-01-02T03:04:05.678Z"
    assert derived_session_id("a", None, time) != derived_session_id(None, "a", time)
    assert derived_session_id(None, None, time) is None
