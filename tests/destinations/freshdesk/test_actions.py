from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.payloads import PayloadJudge
from sendoff_freshdesk.actions import ACTIONS, CONTACT, IDENTIFIERS
from sendoff_freshdesk.sandbox.attributes import ATTRIBUTES

UPSERT = PayloadJudge(ACTIONS["upsert_contact"])
JOHN = {"name": "John Doe", "email": "john.doe@example.com"}
UNICORNS = "\U0001f984" * 255


def problem(**changed: Any) -> str:
    return UPSERT.problem({**JOHN, **changed})


def test_the_documented_request_body_is_valid_for_both_actions() -> None:
    body = {
        "name": "John Doe",
        "email": "john.doe@example.com",
        "phone": "+447700900123",
        "unique_external_id": "usr_123",
        "job_title": "Head of Growth",
        "tags": ["marketing-consent"],
        "custom_fields": {"signup_method": "email"},
    }
    for action in ACTIONS.values():
        assert PayloadJudge(action).problem(body) == ""


def test_the_attributes_are_those_freshdesk_takes_as_json() -> None:
    assert set(CONTACT["properties"]) == set(ATTRIBUTES) - {"avatar"}


@pytest.mark.parametrize(
    "name",
    ["id", "active", "deleted", "avatar", "first_name", "Email", "created_at", "facebook_id"],
)
def test_an_attribute_freshdesk_does_not_write_is_refused(name: str) -> None:
    assert name in problem(**{name: "x"})


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_a_name_and_any_one_identifier_are_enough(identifier: str) -> None:
    value: Any = [{"x": 1}] if identifier == "social_handler" else "a@b"
    assert UPSERT.problem({"name": "John Doe", identifier: value}) == ""


def test_a_contact_without_an_identifier_is_refused_in_words() -> None:
    assert "one of unique_external_id, email, phone" in UPSERT.problem({"name": "John Doe"})


def test_a_contact_without_a_name_is_refused() -> None:
    assert "'name' is a required property" in UPSERT.problem({"email": "a@b"})


@pytest.mark.parametrize("name", ["name", "phone", "mobile", "unique_external_id", "job_title"])
def test_text_has_255_characters_at_most_and_an_emoji_is_one(name: str) -> None:
    assert problem(**{name: UNICORNS}) == ""
    assert problem(**{name: UNICORNS + "x"}) == f"$.{name}: this takes text of 1 to 255 characters"
    assert problem(**{name: ""}) == f"$.{name}: this takes text of 1 to 255 characters"


@pytest.mark.parametrize("name", ["name", "phone", "unique_external_id", "job_title", "language"])
@pytest.mark.parametrize("value", [7, 7.5, True, None, ["x"], {"x": "y"}])
def test_text_targets_take_text_only(name: str, value: Any) -> None:
    assert problem(**{name: value}).startswith(f"$.{name}: this takes text")


@pytest.mark.parametrize("name", ["address", "description"])
def test_address_and_description_may_be_long(name: str) -> None:
    assert problem(**{name: "x" * 5000}) == ""
    assert problem(**{name: "x" * 5001}) == f"$.{name}: this takes text of 1 to 5000 characters"


@pytest.mark.parametrize(
    "email",
    ["john.doe@example.com", "a@b", "test+signal@example.com", "j\u00f6hn@ex\u00e4mple.com"],
)
def test_an_email_has_one_at_sign(email: str) -> None:
    assert problem(email=email) == ""
    assert problem(other_emails=[email]) == ""


BLANKS = " \t\n\r\x0b\x0c\x1c\x1f\x00\x7f\x85\u00a0\u2003\u2028\u2029\u3000\ufeff"


@pytest.mark.parametrize(
    "email",
    [
        "", "@", "a@", "@b", "a", "a@@b", "a@b@c", "a" * 254 + "@b",
        *(f"a{blank}@b" for blank in BLANKS),
        *(f"a@b{blank}" for blank in BLANKS),
        *(f"{blank}a@b" for blank in BLANKS),
    ],
)  # fmt: skip
def test_any_other_email_is_refused_with_our_words_and_without_the_value(email: str) -> None:
    told = problem(email=email)
    assert told.startswith("$.email: this takes an email: text of at most 255 characters")
    assert problem(other_emails=["a@b", email]).startswith("$.other_emails[1]: this takes an email")


def test_tags_are_texts_of_up_to_32_characters() -> None:
    assert problem(tags=["x" * 32, "x" * 32, "\U0001f984" * 32]) == ""
    assert problem(tags=["ok", "x" * 33]) == "$.tags[1]: this takes text of 1 to 32 characters"
    assert problem(tags=[""]) == "$.tags[0]: this takes text of 1 to 32 characters"
    assert problem(tags="vip") != ""


@pytest.mark.parametrize("value", ["text", "x" * 9000, 7, 7.5, True, False, 0])
def test_a_custom_field_takes_any_scalar(value: Any) -> None:
    assert problem(custom_fields={"plan": value, "cf_any name": value}) == ""


@pytest.mark.parametrize("value", [None, ["x"], {"x": "y"}])
def test_a_custom_field_takes_nothing_else(value: Any) -> None:
    told = "$.custom_fields.plan: a custom field takes text, a number or a boolean"
    assert problem(custom_fields={"plan": value}) == told


def test_freshdesk_refuses_an_empty_object_of_custom_fields_and_so_do_we() -> None:
    assert problem(custom_fields={}) != ""


@pytest.mark.parametrize("company", [1, 2**31, 101_000_000_001, 2**63 - 1])
def test_a_company_is_freshdesks_own_number(company: int) -> None:
    assert problem(company_id=company) == ""
    assert problem(other_companies=[{"company_id": company, "view_all_tickets": True}]) == ""


@pytest.mark.parametrize("company", [0, -1, 2**63, 10**30, 1.5, "7", True, None])
def test_anything_else_is_no_company(company: Any) -> None:
    assert "Freshdesk's own number" in problem(company_id=company)
    assert "Freshdesk's own number" in problem(other_companies=[{"company_id": company}])


def test_lists_have_freshdesks_limits() -> None:
    assert problem(other_emails=[f"{n}@b" for n in range(10)]) == ""
    assert problem(other_emails=[f"{n}@b" for n in range(11)]) != ""
    assert problem(social_handler=[{"x": 1}] * 10) == ""
    assert problem(social_handler=[{"x": 1}] * 11) != ""


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        ({**JOHN, "unique_external_id": "u1", "phone": "+1"}, "unique_external_id=u1"),
        ({**JOHN, "phone": "+1"}, "email=john.doe@example.com"),
        ({"name": "J", "phone": "+1", "mobile": "+2"}, "phone=+1"),
        ({"name": "J", "mobile": "+2"}, "mobile=+2"),
        ({"name": "J", "twitter_id": "j"}, "twitter_id=j"),
    ],
)
def test_the_external_id_keeps_a_persons_deliveries_in_order_else_the_next_best(
    payload: dict[str, Any], key: str
) -> None:
    for action in ACTIONS.values():
        assert PayloadJudge(action).order_key(payload) == key


def test_write_policies_are_the_updates_own() -> None:
    write = ACTIONS["upsert_contact"].write
    assert ACTIONS["create_contact"].write == {}
    assert write["tags"][0] == "append"
    assert set(write["tags"]) == {"append", "overwrite", "if_empty"}
    assert write["name"] == write["custom_fields.*"] == ("overwrite", "if_empty")
    assert set(write) == {*CONTACT["properties"], "custom_fields.*"} - {"lookup_parameter"}


@given(st.text(max_size=300), st.text(max_size=300))
def test_the_judge_that_decides_and_the_one_that_words_agree(name: str, email: str) -> None:
    payload = {"name": name, "email": email}
    told = UPSERT.problem(payload)
    assert told != "$: the payload breaks the action's schema"
    assert (told == "") == UPSERT.is_valid(payload)
