from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.answer import Answer
from sendoff_freshdesk.conflict import Conflict, Taken, read_conflict, refusal, several_holders
from sendoff_freshdesk.contact import Contact

PAYLOAD = {
    "name": "John Doe",
    "email": "john.doe@example.com",
    "phone": "+447700900123",
    "unique_external_id": "usr_123",
}
EMAIL = Conflict((Taken("email", 101),))
PHONE = Conflict((Taken("phone", 101),))
NAMELESS = Conflict((Taken(None, 101),))


def answer(body: Any, status: int = 409) -> Answer:
    return Answer(status, {"content-type": "application/json"}, msgspec.json.encode(body))


def entry(field: str | None = "email", holder: Any = 101, code: str = "duplicate_value") -> Any:
    made: dict[str, Any] = {"message": "It should be a unique value", "code": code}
    if field is not None:
        made["field"] = field
    if holder is not None:
        made["additional_info"] = {"user_id": holder}
    return made


def conflict(*entries: Any) -> Conflict | None:
    return read_conflict(answer({"description": "Validation failed", "errors": list(entries)}))


def test_a_conflict_names_each_value_and_its_holder() -> None:
    found = conflict(entry(), entry("unique_external_id", 102), entry("phone", 101))
    assert found is not None
    assert found.fields == {"email", "unique_external_id", "phone"}
    assert found.holders == (101, 102)


def test_what_the_answer_leaves_out_is_left_open() -> None:
    assert conflict(entry(None, None)) == Conflict((Taken(None, None),))
    assert conflict(entry("email", None)) == Conflict((Taken("email", None),))
    assert conflict({"field": "email"}) == Conflict((Taken("email", None),))
    assert conflict() == Conflict()


@pytest.mark.parametrize("holder", [101_000_000_001, "101000000001"])
def test_ids_are_whole_numbers_of_any_length(holder: Any) -> None:
    found = conflict(entry(holder=holder))
    assert found is not None
    assert found.holders == (101_000_000_001,)


@pytest.mark.parametrize("holder", [True, 1.5, "x", "", "1" * 20, "\u0661", [101], {}])
def test_what_is_no_id_is_no_holder(holder: Any) -> None:
    found = conflict(entry(holder=holder))
    assert found is not None
    assert found.holders == ()


def test_a_409_for_another_reason_is_no_conflict() -> None:
    assert conflict(entry(code="inconsistent_state")) is None


def test_beside_other_errors_the_duplicates_count() -> None:
    found = conflict(entry(code="inconsistent_state", holder=7), entry())
    assert found == EMAIL


@pytest.mark.parametrize("status", [201, 400, 405])
def test_another_status_is_no_conflict(status: int) -> None:
    assert read_conflict(answer({"errors": [entry()]}, status)) is None


@pytest.mark.parametrize("body", [b"", b"<html>409</html>", b"[]", b'{"errors":7}', b"null"])
def test_a_409_with_a_body_that_says_nothing_is_a_conflict(body: bytes) -> None:
    assert read_conflict(Answer(409, {}, body)) == Conflict()


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_no_body_makes_it_raise(value: Any) -> None:
    for body in (
        value,
        {"errors": value},
        {"errors": [{"field": value, "additional_info": value}]},
    ):
        read_conflict(answer(body))


def test_several_holders_are_named_with_what_is_theirs() -> None:
    both = Conflict((Taken("email", 101), Taken("unique_external_id", 102)))
    refused = several_holders((101, 102), both)
    assert refused.reason == "identity_conflict"
    assert "(email to 101, unique_external_id to 102)" in refused.detail
    assert "(101, 102)" in several_holders((101, 102), Conflict()).detail


def refused(found: Conflict, payload: dict[str, Any] | None = None, **held: Any) -> str:
    outcome = refusal(Contact(101, held), payload or PAYLOAD, found)
    return outcome.reason if outcome else ""


def test_the_contact_with_the_email_is_the_person() -> None:
    assert refused(EMAIL, email="JOHN.DOE@example.com") == ""
    assert refused(NAMELESS, email="john.doe@example.com") == ""
    assert refused(NAMELESS, email="x@y", other_emails=["john.doe@example.com"]) == ""


def test_the_contact_with_the_external_id_is_the_person_whatever_the_email() -> None:
    assert refused(NAMELESS, unique_external_id="usr_123", email="old@example.com") == ""


@pytest.mark.parametrize("found", [EMAIL, PHONE, NAMELESS, Conflict()])
def test_a_contact_with_another_external_id_is_never_written_over(found: Conflict) -> None:
    held: dict[str, Any] = {"unique_external_id": "usr_9", "email": "john.doe@example.com"}
    assert refused(found, **held) == "identity_conflict"


def test_an_external_id_is_added_to_a_contact_without_one() -> None:
    assert refused(EMAIL, unique_external_id=None, email="john.doe@example.com") == ""
    assert refused(EMAIL, unique_external_id="", email="john.doe@example.com") == ""


@pytest.mark.parametrize("found", [PHONE, NAMELESS, Conflict((Taken("mobile", 101),))])
def test_a_telephone_is_not_enough_while_the_emails_differ(found: Conflict) -> None:
    assert refused(found, phone="+447700900123", email="jane@example.com") == "shared_phone"


def test_a_telephone_is_enough_where_one_side_has_no_email() -> None:
    assert refused(PHONE, phone="+447700900123", email=None) == ""
    assert refused(PHONE, {"name": "J", "phone": "+1"}, phone="+1", email="jane@example.com") == ""


def test_a_unique_value_of_another_kind_is_the_person() -> None:
    twitter = Conflict((Taken("twitter_id", 101),))
    assert refused(twitter, email="old@example.com") == ""


def test_a_contact_with_nothing_visible_in_common_is_left_alone() -> None:
    assert refused(NAMELESS, email="jane@example.com") == "identity_conflict"
