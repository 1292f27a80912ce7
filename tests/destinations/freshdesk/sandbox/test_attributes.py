"""What a payload may hold, and in which words it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.testing.sandbox import Refused
from sendoff_freshdesk.sandbox import create_sandbox

JANE: dict[str, Any] = {"name": "Jane", "email": "jane@example.com"}


def refusal(payload: dict[str, Any], **switches: Any) -> tuple[int, Any]:
    with pytest.raises(Refused) as refused:
        create_sandbox(**switches).contacts.create(payload)
    return refused.value.answer.status, refused.value.answer.body


def faults(payload: dict[str, Any], **switches: Any) -> list[tuple[str, str]]:
    status, body = refusal(payload, **switches)
    assert status == 400
    assert body["description"] == "Validation failed"
    return [(error["field"], error["code"]) for error in body["errors"]]


@pytest.mark.parametrize("payload", [{"email": "jane@example.com"}, {**JANE, "name": None}])
def test_a_contact_without_a_name_lacks_a_mandatory_attribute(payload: dict[str, Any]) -> None:
    assert refusal(payload) == (
        400,
        {
            "description": "Validation failed",
            "errors": [
                {
                    "field": "name",
                    "message": "Mandatory attribute missing",
                    "code": "missing_field",
                }
            ],
        },
    )


def test_a_blank_name_is_an_invalid_value() -> None:
    assert faults({**JANE, "name": "  "}) == [("name", "invalid_value")]


@pytest.mark.parametrize(
    "identifier",
    [
        {"email": "jane@example.com"},
        {"phone": "+447700900123"},
        {"mobile": "+447700900123"},
        {"twitter_id": "jane"},
        {"social_handler": [{"twitter": "jane"}]},
        {"unique_external_id": "usr_1"},
    ],
)
def test_any_of_the_starred_attributes_identifies_a_contact(identifier: dict[str, Any]) -> None:
    user = create_sandbox().contacts.create({"name": "Jane", **identifier})
    assert user.name == "Jane"


@pytest.mark.parametrize(
    "payload", [{}, {"phone": ""}, {"email": None}, {"unique_external_id": " "}, {"address": "x"}]
)
def test_a_contact_without_an_identifier_is_missing_its_email(payload: dict[str, Any]) -> None:
    assert faults({"name": "Jane", **payload}) == [("email", "missing_field")]


@pytest.mark.parametrize(
    "name", ["foo", "id", "active", "deleted", "created_at", "first_name", "contact_type"]
)
def test_an_unknown_or_readonly_attribute_is_an_invalid_field(name: str) -> None:
    _, body = refusal({**JANE, name: "x"})
    assert body["errors"] == [
        {"field": name, "message": "Unexpected/invalid field in request", "code": "invalid_field"}
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", 1),
        ("email", ["jane@example.com"]),
        ("phone", 447700900123),
        ("unique_external_id", 1),
        ("company_id", "23"),
        ("company_id", True),
        ("company_id", 23.0),
        ("view_all_tickets", "true"),
        ("tags", "vip"),
        ("tags", [1]),
        ("other_emails", {"a": 1}),
        ("custom_fields", []),
        ("social_handler", ["jane"]),
        ("social_handler", [{"twitter": {"deep": 1}}]),
        ("other_companies", [1]),
        ("avatar", "face.png"),
        ("avatar", {"name": "face.png"}),
    ],
)
def test_a_value_of_the_wrong_type_is_a_mismatch(name: str, value: object) -> None:
    assert faults({**JANE, name: value}) == [(name, "datatype_mismatch")]


def test_a_mismatch_names_the_type_that_came_and_the_type_that_is_taken() -> None:
    _, body = refusal({**JANE, "phone": 1})
    message = body["errors"][0]["message"]
    assert message == "Value set is of type Integer. It should be a/an String"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("email", "jane"),
        ("email", "jane@localhost"),
        ("email", "jane doe@example.com"),
        ("email", " jane@example.com"),
        ("email", "a@b@example.com"),
        ("email", ""),
        ("other_emails", ["nope"]),
        ("other_emails", [f"jane{n}@example.com" for n in range(10)]),
        ("company_id", 23),
        ("language", "English"),
        ("time_zone", "Europe/London"),
        ("lookup_parameter", "x"),
        ("social_handler", [{"twitter": str(n)} for n in range(11)]),
    ],
)
def test_a_value_of_the_right_type_can_still_be_wrong(name: str, value: object) -> None:
    found = faults({**JANE, "phone": "1", name: value})
    assert found == [(name, "invalid_value")]


def test_every_fault_is_told_at_once() -> None:
    assert faults({"foo": 1, "phone": 2, "custom_fields": {"seats": "3"}}) == [
        ("name", "missing_field"),
        ("foo", "invalid_field"),
        ("phone", "datatype_mismatch"),
        ("custom_fields.seats", "datatype_mismatch"),
    ]


def test_what_is_kept_is_lower_case_for_emails_and_null_for_blanks() -> None:
    user = create_sandbox().contacts.create(
        {
            "name": "Jane",
            "email": "Jane@Example.COM",
            "other_emails": ["J@Example.com", "j@example.com"],
            "job_title": " ",
            "tags": ["vip", "vip", "VIP"],
            "custom_fields": {"signup_method": ""},
        }
    )
    assert user.emails == ["jane@example.com", "j@example.com"]
    assert user.values["job_title"] is None
    assert user.values["tags"] == ["vip", "VIP"]
    assert user.custom == {"signup_method": None}


def test_a_key_of_custom_fields_that_does_not_exist_is_named_with_its_path() -> None:
    _, body = refusal({**JANE, "custom_fields": {"nope": 1}})
    assert body["errors"] == [
        {
            "field": "custom_fields.nope",
            "message": "Unexpected/invalid field in request",
            "code": "invalid_field",
        }
    ]


def test_an_account_may_lack_the_documented_custom_field() -> None:
    payload = {**JANE, "custom_fields": {"signup_method": "email"}}
    assert faults(payload, removed_fields=["signup_method"]) == [
        ("custom_fields.signup_method", "invalid_field")
    ]


def test_empty_custom_fields_are_refused() -> None:
    assert faults({**JANE, "custom_fields": {}}) == [("custom_fields", "invalid_value")]


GOOD: dict[str, list[object]] = {
    "signup_method": ["email", None],
    "biography": ["a\nb"],
    "newsletter": [True, False],
    "seats": [0, -1, 5],
    "score": [1, 1.5],
    "plan": ["free"],
    "fax": ["+44"],
    "website": ["https://example.com"],
    "renewal_date": ["2026-02-28"],
}
BAD: dict[str, list[object]] = {
    "signup_method": [1, True, ["email"]],
    "biography": [1],
    "newsletter": ["true", 1],
    "seats": ["5", 1.0, True],
    "score": ["1.5", False],
    "plan": [1],
    "fax": [44],
    "website": [{}],
    "renewal_date": [20260228],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in GOOD.items() for v in vs])
def test_a_custom_field_takes_values_of_its_type(name: str, value: object) -> None:
    user = create_sandbox().contacts.create({**JANE, "custom_fields": {name: value}})
    assert user.custom == {name: value}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BAD.items() for v in vs])
def test_a_custom_field_refuses_values_of_another_type(name: str, value: object) -> None:
    found = faults({**JANE, "custom_fields": {name: value}})
    assert found == [(f"custom_fields.{name}", "datatype_mismatch")]


@pytest.mark.parametrize("value", ["28/02/2026", "2026-02-30", "20260228", "2026-02-28T00:00:00Z"])
def test_a_custom_date_has_one_form(value: str) -> None:
    found = faults({**JANE, "custom_fields": {"renewal_date": value}})
    assert found == [("custom_fields.renewal_date", "invalid_value")]


def test_a_drop_down_takes_its_choices_only_and_lists_them() -> None:
    _, body = refusal({**JANE, "custom_fields": {"plan": "gold"}})
    assert body["errors"] == [
        {
            "field": "custom_fields.plan",
            "message": "It should be one of these values: 'free,growth,enterprise'",
            "code": "invalid_value",
        }
    ]


def test_fields_required_for_agents_are_mandatory() -> None:
    required = ["job_title", "tag_names", "company_name", "seats"]
    _, body = refusal(JANE, required_fields=required)
    assert [(each["field"], each["code"], each["message"]) for each in body["errors"]] == [
        ("company_id", "missing_field", "Mandatory attribute missing"),
        ("job_title", "missing_field", "Mandatory attribute missing"),
        ("custom_fields.seats", "missing_field", "It should be a/an Integer"),
        ("tags", "missing_field", "Mandatory attribute missing"),
    ]


def test_an_update_need_not_repeat_what_is_required_but_cannot_blank_it() -> None:
    app = create_sandbox(required_fields=["job_title", "seats"])
    user = app.contacts.create({**JANE, "job_title": "CTO", "custom_fields": {"seats": 1}})
    app.contacts.update(user.id, {"phone": "1"})
    for payload in ({"job_title": ""}, {"custom_fields": {"seats": None}}, {"name": None}):
        with pytest.raises(Refused) as refused:
            app.contacts.update(user.id, payload)
        assert refused.value.answer.status == 400


@pytest.mark.parametrize(
    ("payload", "feature"),
    [
        ({"language": "de"}, "multi_language"),
        ({"time_zone": "London"}, "multi_timezone"),
        ({"other_companies": []}, "multiple_companies"),
    ],
)
def test_an_attribute_of_a_higher_plan_is_403(payload: dict[str, Any], feature: str) -> None:
    status, body = refusal({**JANE, **payload}, features=[])
    assert (status, body["code"]) == (403, "require_feature")
    create_sandbox(features=[feature]).contacts.create({**JANE, **payload})


def test_other_companies_name_companies_that_exist() -> None:
    acme = [{"id": 23, "name": "Acme"}]
    payload = {**JANE, "other_companies": [{"company_id": 23, "view_all_tickets": True}]}
    create_sandbox(companies=acme).contacts.create(payload)
    for membership, code in [
        ({"company_id": 24}, "invalid_value"),
        ({"company_id": "23"}, "datatype_mismatch"),
        ({"view_all_tickets": True}, "missing_field"),
        ({"company_id": 23, "x": 1}, "invalid_field"),
    ]:
        found = faults({**JANE, "other_companies": [membership]}, companies=acme)
        assert [each[1] for each in found] == [code]
