from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff_freshdesk.actions import WRITE
from sendoff_freshdesk.changes import changes
from sendoff_freshdesk.contact import Contact

JOHN = {
    "id": 101,
    "name": "John Doe",
    "email": "john.doe@example.com",
    "phone": "+447700900123",
    "mobile": None,
    "unique_external_id": "usr_123",
    "job_title": "Head of Growth",
    "twitter_id": "1839",
    "view_all_tickets": None,
    "company_id": 7,
    "other_emails": ["jd@example.com"],
    "tags": ["vip", "marketing-consent"],
    "custom_fields": {"signup_method": "email", "seats": 3, "newsletter": True, "plan": None},
}


def changed(payload: dict[str, Any], write: dict[str, str] | None = None, **held: Any) -> Any:
    return changes(payload, Contact(101, {**JOHN, **held}), write or {})


def test_what_the_contact_has_already_is_not_sent() -> None:
    payload = {
        "name": "John Doe",
        "email": "John.Doe@Example.com",
        "phone": "+447700900123",
        "unique_external_id": "usr_123",
        "job_title": "Head of Growth",
        "company_id": 7,
        "other_emails": ["JD@example.com"],
        "tags": ["marketing-consent"],
        "custom_fields": {"signup_method": "email", "seats": 3.0, "newsletter": True},
    }
    assert changed(payload) == {}


def test_only_what_differs_is_sent() -> None:
    payload = {"name": "John Doe", "job_title": "CEO", "mobile": "+1", "view_all_tickets": False}
    assert changed(payload) == {"job_title": "CEO", "mobile": "+1", "view_all_tickets": False}


def test_tags_are_sent_with_those_that_are_there() -> None:
    sent = {"tags": ["new", "vip", "new"]}
    assert changed(sent) == {"tags": ["vip", "marketing-consent", "new"]}
    assert changed({"tags": ["new"]}, tags=None) == {"tags": ["new"]}


def test_tags_may_be_replaced_where_the_blueprint_says_so() -> None:
    overwrite = {"tags": "overwrite"}
    assert changed({"tags": ["new"]}, overwrite) == {"tags": ["new"]}
    assert changed({"tags": ["marketing-consent", "vip"]}, overwrite) == {}
    assert changed({"tags": ["new"]}, {"tags": "if_empty"}) == {}
    assert changed({"tags": ["new"]}, {"tags": "if_empty"}, tags=[]) == {"tags": ["new"]}


def test_a_further_email_is_added_and_none_is_taken_away() -> None:
    both = {"other_emails": ["jd@example.com", "j@example.com"]}
    assert changed({"other_emails": ["j@example.com"]}) == both
    assert changed({"other_emails": ["John.Doe@example.com"]}) == {}


def test_one_of_the_further_emails_does_not_become_the_first() -> None:
    assert changed({"email": "JD@example.com"}) == {}
    assert changed({"email": "new@example.com"}) == {"email": "new@example.com"}


@pytest.mark.parametrize("first", ["email", "other_emails"])
def test_an_email_that_is_no_longer_the_first_is_kept_where_it_is_wanted(first: str) -> None:
    wanted = {
        "email": "new@example.com",
        "other_emails": ["John.Doe@example.com", "NEW@example.com"],
    }
    sent = dict(sorted(wanted.items(), key=lambda item: item[0] != first))
    after = {"email": "new@example.com", "other_emails": ["jd@example.com", "John.Doe@example.com"]}
    assert changed(sent) == after
    assert changed(sent, {"email": "if_empty"}) == {
        "other_emails": ["jd@example.com", "NEW@example.com"]
    }


def test_custom_fields_are_merged_by_key_and_only_those_that_differ_are_sent() -> None:
    sent = {"custom_fields": {"signup_method": "email", "seats": 4, "plan": "free", "unknown": "x"}}
    expected = {"seats": 4, "plan": "free", "unknown": "x"}
    assert changed(sent) == {"custom_fields": expected}


def test_one_and_true_are_not_the_same() -> None:
    sent = {"custom_fields": {"newsletter": 1}}
    assert changed(sent) == sent


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_if_empty_fills_what_is_blank_and_leaves_the_rest(blank: str | None) -> None:
    write = {"job_title": "if_empty", "custom_fields.plan": "if_empty"}
    sent = {"job_title": "CEO", "custom_fields": {"plan": "free"}}
    assert changed(sent, write, job_title=blank, custom_fields={"plan": blank}) == sent
    held = {"job_title": "CTO", "custom_fields": {"plan": "growth"}}
    assert changed(sent, write, **held) == {}


def test_a_policy_for_all_custom_fields_holds_where_one_has_none_of_its_own() -> None:
    write = {"custom_fields": "if_empty", "custom_fields.seats": "overwrite"}
    sent = {"custom_fields": {"signup_method": "phone", "seats": 9, "plan": "free"}}
    assert changed(sent, write) == {"custom_fields": {"seats": 9, "plan": "free"}}


@pytest.mark.parametrize("name", ["john.doe@example.com", " John.Doe@Example.com", "usr_123"])
def test_a_stand_in_for_a_name_does_not_replace_a_name(name: str) -> None:
    sent = {"name": name, "email": "john.doe@example.com", "unique_external_id": "usr_123"}
    assert changed(sent) == {}
    assert changed(sent, name="") == {"name": name}
    assert changed(sent, {"name": "overwrite"}) == {"name": name}


def test_a_real_name_replaces_a_stand_in() -> None:
    sent = {"name": "John Doe", "email": "john.doe@example.com"}
    assert changed(sent, name="john.doe@example.com") == {"name": "John Doe"}


def test_a_twitter_handle_is_not_compared_with_the_number_freshdesk_answers() -> None:
    assert changed({"twitter_id": "johnd"}) == {}
    assert changed({"twitter_id": "johnd"}, twitter_id=None) == {"twitter_id": "johnd"}
    assert changed({"twitter_id": "j"}, {"twitter_id": "overwrite"}) == {"twitter_id": "j"}


def test_the_lookup_parameter_goes_along_and_is_no_change_by_itself() -> None:
    assert changed({"lookup_parameter": "display_id"}) == {}
    sent = {"job_title": "CEO", "lookup_parameter": "display_id"}
    assert changed(sent) == sent


def test_a_contact_that_leaves_out_what_is_empty_is_read_like_one_with_null() -> None:
    sent = {"name": "J", "email": "a@b", "tags": ["t"], "custom_fields": {"x": 1}}
    assert changes(sent, Contact(1, {"id": 1}), {}) == sent


_TEXTS = st.sampled_from(["a", "A", "b", "x@y", "X@Y"])
_TAGS = st.lists(_TEXTS, max_size=4)
_CUSTOM = st.dictionaries(
    st.sampled_from(["p", "q", "r"]), st.one_of(_TEXTS, st.integers(0, 2), st.booleans())
)
_VALUES = {
    "name": _TEXTS,
    "email": _TEXTS,
    "phone": _TEXTS,
    "unique_external_id": _TEXTS,
    "twitter_id": _TEXTS,
    "company_id": st.integers(1, 3),
    "view_all_tickets": st.booleans(),
    "other_emails": _TAGS,
    "tags": _TAGS,
    "custom_fields": _CUSTOM,
}
_PAYLOADS = st.fixed_dictionaries({}, optional=_VALUES)
_HELD = st.fixed_dictionaries({}, optional={n: st.none() | v for n, v in _VALUES.items()})
_WRITE = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(WRITE[name]) for name in _VALUES}
)


def put(held: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """What a contact is after a PUT, as far as is known of Freshdesk."""
    custom = (held.get("custom_fields") or {}) | body.get("custom_fields", {})
    return held | body | {"custom_fields": custom}


@given(_PAYLOADS, _HELD, _WRITE)
def test_an_update_sends_only_changes_of_what_the_payload_brings(
    payload: dict[str, Any], held: dict[str, Any], write: dict[str, str]
) -> None:
    body = changes(payload, Contact(1, held), write)
    assert set(body) <= set(payload)
    custom = body.pop("custom_fields", {})
    have = held.get("custom_fields") or {}
    for name, value in custom.items():
        assert value == payload["custom_fields"][name]
        assert (type(value), value) != (type(have.get(name)), have.get(name))
    for name, value in body.items():
        assert value != held.get(name)


@given(_PAYLOADS, _HELD, _WRITE)
def test_an_update_is_done_once(
    payload: dict[str, Any], held: dict[str, Any], write: dict[str, str]
) -> None:
    after = put(held, changes(payload, Contact(1, held), write))
    assert changes(payload, Contact(1, after), write) == {}


@given(_PAYLOADS, _HELD)
def test_an_update_takes_no_tag_and_no_email_away(
    payload: dict[str, Any], held: dict[str, Any]
) -> None:
    after = put(held, changes(payload, Contact(1, held), {}))
    for name in ("tags", "other_emails"):
        before = held.get(name) or []
        assert (after.get(name) or [])[: len(before)] == before
    wanted = set(payload.get("tags", ()))
    assert wanted <= set(after.get("tags") or ())


@given(_PAYLOADS, _HELD)
def test_if_empty_everywhere_changes_nothing_that_has_a_value(
    payload: dict[str, Any], held: dict[str, Any]
) -> None:
    body = changes(payload, Contact(1, held), dict.fromkeys(_VALUES, "if_empty"))
    assert not any(held.get(name) for name in body if name != "custom_fields")
    have = held.get("custom_fields") or {}
    assert not any(have.get(name) is not None for name in body.get("custom_fields", {}))
