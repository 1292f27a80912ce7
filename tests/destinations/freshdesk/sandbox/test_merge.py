"""POST /contacts/merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sendoff.testing.sandbox import Refused
from sendoff_freshdesk.sandbox import create_sandbox
from sendoff_freshdesk.sandbox.merge import merge

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox.contacts import Contacts


@pytest.fixture
def contacts() -> Contacts:
    return create_sandbox(companies=[{"id": 23, "name": "Acme"}]).contacts


def make(contacts: Contacts, name: str, **values: object) -> int:
    return contacts.create({"name": name, "email": f"{name}@example.com", **values}).id


def faults(contacts: Contacts, payload: dict[str, Any]) -> list[tuple[str, str]]:
    before = {user.id: dict(user.values) for user in contacts.users.values()}
    with pytest.raises(Refused) as refused:
        merge(contacts, payload)
    assert {user.id: user.values for user in contacts.users.values()} == before
    body = refused.value.answer.body
    assert isinstance(body, dict)
    return [(error["field"], error["code"]) for error in body["errors"]]


def test_the_primary_contact_takes_over_emails_and_what_only_the_others_held(
    contacts: Contacts,
) -> None:
    first = make(contacts, "a", phone="1")
    second = make(contacts, "b", unique_external_id="x", other_emails=["c@example.com"])
    merged = merge(
        contacts, {"primary_contact_id": first, "secondary_contact_ids": [second, second]}
    )
    assert merged.emails == ["a@example.com", "b@example.com", "c@example.com"]
    assert (merged.values["phone"], merged.values["unique_external_id"]) == ("1", "x")
    assert second not in contacts.users
    with pytest.raises(Refused):
        contacts.create({"name": "X", "email": "b@example.com"})


def test_a_value_that_both_sides_hold_has_to_be_given(contacts: Contacts) -> None:
    first, second = make(contacts, "a", phone="1"), make(contacts, "b", phone="2")
    asked: dict[str, Any] = {"primary_contact_id": first, "secondary_contact_ids": [second]}
    assert faults(contacts, asked) == [("contact.phone", "missing_field")]
    merged = merge(contacts, {**asked, "contact": {"phone": "2", "email": "B@example.com"}})
    assert merged.values["phone"] == "2"
    assert merged.emails == ["b@example.com", "a@example.com"]


def test_the_wanted_emails_and_companies_are_taken(contacts: Contacts) -> None:
    first, second = make(contacts, "a"), make(contacts, "b")
    merged = merge(
        contacts,
        {
            "primary_contact_id": first,
            "secondary_contact_ids": [second],
            "contact": {"other_emails": ["z@example.com"], "company_ids": [23]},
        },
    )
    assert merged.emails == ["a@example.com", "z@example.com"]
    assert merged.values["company_id"] == 23
    contacts.create({"name": "B", "email": "b@example.com"})


def test_a_merge_that_collides_with_somebody_else_changes_nothing(contacts: Contacts) -> None:
    first, second = make(contacts, "a"), make(contacts, "b")
    make(contacts, "c")
    found = faults(
        contacts,
        {
            "primary_contact_id": first,
            "secondary_contact_ids": [second],
            "contact": {"email": "c@example.com"},
        },
    )
    assert found == [("email", "duplicate_value")]


def test_a_merge_needs_contacts_that_are_there(contacts: Contacts) -> None:
    first, gone = make(contacts, "a"), make(contacts, "b")
    contacts.delete(gone)
    for payload, field in [
        ({"primary_contact_id": 1, "secondary_contact_ids": [first]}, "primary_contact_id"),
        ({"primary_contact_id": first, "secondary_contact_ids": [gone]}, "secondary_contact_ids"),
        ({"primary_contact_id": first, "secondary_contact_ids": [first]}, "secondary_contact_ids"),
    ]:
        assert faults(contacts, payload) == [(field, "invalid_value")]


def test_the_payload_of_a_merge_is_validated(contacts: Contacts) -> None:
    assert faults(contacts, {"x": 1, "contact": {"name": "A", "phone": 1}}) == [
        ("x", "invalid_field"),
        ("primary_contact_id", "missing_field"),
        ("secondary_contact_ids", "missing_field"),
        ("contact.name", "invalid_field"),
        ("contact.phone", "datatype_mismatch"),
    ]


def test_a_merge_into_an_unknown_company_is_refused(contacts: Contacts) -> None:
    first, second = make(contacts, "a"), make(contacts, "b")
    payload = {
        "primary_contact_id": first,
        "secondary_contact_ids": [second],
        "contact": {"company_ids": [24]},
    }
    assert faults(contacts, payload) == [("contact.company_ids", "invalid_value")]


async def test_a_merge_answers_204() -> None:
    app = create_sandbox()
    first, second = make(app.contacts, "a"), make(app.contacts, "b")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://acme.freshdesk.com/api/v2"
    ) as http:
        answer = await http.post(
            "/contacts/merge",
            json={"primary_contact_id": first, "secondary_contact_ids": [second]},
            auth=("sandbox-key", "X"),
        )
    assert (answer.status_code, answer.content) == (204, b"")
