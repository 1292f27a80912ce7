"""The life of a contact: created, changed, in conflict, deleted, restored, erased, promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sendoff.testing.sandbox import Answer, Refused
from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff_freshdesk.sandbox import FreshdeskSandbox

JANE: dict[str, Any] = {
    "name": "Jane",
    "email": "jane@example.com",
    "unique_external_id": "usr_1",
    "phone": "+447700900123",
    "tags": ["vip"],
    "custom_fields": {"signup_method": "email", "seats": 3},
}


def client(app: FreshdeskSandbox) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://acme.freshdesk.com/api/v2",
        auth=("sandbox-key", "X"),
    )


def refused(call: Callable[..., object], *args: object, **options: object) -> Answer:
    with pytest.raises(Refused) as error:
        call(*args, **options)
    return error.value.answer


def errors(answer: Answer) -> list[dict[str, Any]]:
    assert isinstance(answer.body, dict)
    listed: list[dict[str, Any]] = answer.body["errors"]
    return listed


def holders(answer: Answer) -> list[tuple[str, int]]:
    assert answer.status == 409
    return [(each["field"], each["additional_info"]["user_id"]) for each in errors(answer)]


async def test_an_email_that_is_taken_is_a_conflict_that_names_its_holder() -> None:
    app = create_sandbox()
    held = app.contacts.create(JANE)
    async with client(app) as http:
        answer = await http.post("/contacts", json={"name": "J", "email": "JANE@example.com"})
    assert answer.status_code == 409
    assert answer.json() == {
        "description": "Validation failed",
        "errors": [
            {
                "field": "email",
                "message": "It should be a unique value",
                "code": "duplicate_value",
                "additional_info": {"user_id": held.id},
            }
        ],
    }


def test_an_account_may_leave_field_and_holder_out_of_a_conflict() -> None:
    app = create_sandbox(additional_info=False, conflict_field=False)
    app.contacts.create(JANE)
    answer = refused(app.contacts.create, JANE)
    assert errors(answer)[0] == {
        "message": "It should be a unique value",
        "code": "duplicate_value",
    }


@pytest.mark.parametrize(
    ("held", "wanted", "field"),
    [
        ({"unique_external_id": "u"}, {"unique_external_id": "u"}, "unique_external_id"),
        ({"twitter_id": "t"}, {"twitter_id": "t"}, "twitter_id"),
        ({"other_emails": ["b@example.com"]}, {"email": "B@example.com"}, "email"),
        ({"email": "b@example.com"}, {"other_emails": ["B@example.com"]}, "other_emails"),
        (
            {"social_handler": [{"twitter": "t", "facebook": "f"}]},
            {"social_handler": [{"facebook": "f", "twitter": "t"}]},
            "social_handler",
        ),
    ],
)
def test_every_documented_unique_attribute_can_be_in_the_way(
    held: dict[str, Any], wanted: dict[str, Any], field: str
) -> None:
    contacts = create_sandbox().contacts
    holder = contacts.create({"name": "A", "mobile": "1", **held})
    answer = refused(contacts.create, {"name": "B", "mobile": "1", **wanted})
    assert holders(answer) == [(field, holder.id)]


def test_an_external_id_is_compared_with_its_case() -> None:
    contacts = create_sandbox().contacts
    contacts.create({"name": "A", "unique_external_id": "u"})
    contacts.create({"name": "B", "unique_external_id": "U"})


def test_telephone_numbers_and_custom_text_are_shared_unless_flagged_unique() -> None:
    payload = {
        "name": "A",
        "phone": "1",
        "mobile": "2",
        "custom_fields": {"signup_method": "email"},
    }
    shared = create_sandbox().contacts
    shared.create(payload)
    shared.create(payload)
    unique = create_sandbox(unique_fields=["phone", "mobile", "signup_method"]).contacts
    holder = unique.create(payload).id
    assert sorted(holders(refused(unique.create, payload))) == [
        ("custom_fields.signup_method", holder),
        ("mobile", holder),
        ("phone", holder),
    ]


def test_one_payload_can_be_in_conflict_with_two_contacts() -> None:
    contacts = create_sandbox().contacts
    first = contacts.create({"name": "A", "email": "a@example.com"})
    second = contacts.create({"name": "B", "unique_external_id": "b"})
    answer = refused(
        contacts.create, {"name": "C", "email": "a@example.com", "unique_external_id": "b"}
    )
    assert holders(answer) == [("email", first.id), ("unique_external_id", second.id)]


def test_a_payload_is_validated_before_it_is_found_in_conflict() -> None:
    contacts = create_sandbox().contacts
    contacts.create(JANE)
    assert refused(contacts.create, {**JANE, "nope": 1}).status == 400


def test_agents_deleted_and_blocked_contacts_keep_their_identifiers() -> None:
    app = create_sandbox(agents=["Agent@example.com"])
    deleted = app.contacts.create({"name": "D", "email": "d@example.com"})
    blocked = app.contacts.create({"name": "B", "email": "b@example.com"})
    app.contacts.delete(deleted.id)
    blocked.blocked = True
    for email in ("agent@example.com", "d@example.com", "b@example.com"):
        assert refused(app.contacts.create, {"name": "X", "email": email}).status == 409


def test_a_refused_create_leaves_nothing_behind() -> None:
    contacts = create_sandbox().contacts
    contacts.create({"name": "A", "email": "a@example.com"})
    before = dict(contacts.users)
    refused(contacts.create, {"name": "B", "email": "a@example.com", "unique_external_id": "b"})
    assert contacts.users == before
    contacts.create({"name": "C", "unique_external_id": "b"})


def test_a_new_contact_joins_the_company_that_has_its_email_domain() -> None:
    acme = [{"id": 23, "name": "Acme", "domains": ["Acme.com"]}, {"id": 24, "name": "Other"}]
    contacts = create_sandbox(companies=acme).contacts
    joined = contacts.create({"name": "A", "email": "a@acme.com"})
    asked = contacts.create({"name": "B", "email": "b@acme.com", "company_id": 24})
    alone = contacts.create({"name": "C", "email": "c@example.com"})
    ids = [user.values["company_id"] for user in (joined, asked, alone)]
    assert ids == [23, 24, None]


async def test_an_update_answers_200_with_the_whole_contact() -> None:
    app = create_sandbox()
    user = app.contacts.create(JANE)
    async with client(app) as http:
        answer = await http.put(f"/contacts/{user.id}", json={"job_title": "CTO"})
        viewed = (await http.get(f"/contacts/{user.id}")).json()
    assert answer.status_code == 200
    assert answer.json()["job_title"] == "CTO"
    assert answer.json()["deleted"] is False
    shown = {key: value for key, value in answer.json().items() if key != "deleted"}
    assert viewed == {**shown, "devices": []}


def test_an_update_keeps_what_it_does_not_name_and_merges_custom_fields_by_key() -> None:
    contacts = create_sandbox().contacts
    user = contacts.create(JANE)
    contacts.update(user.id, {"name": "Jane D", "custom_fields": {"plan": "free", "seats": None}})
    assert user.values == {
        "name": "Jane D",
        "email": "jane@example.com",
        "unique_external_id": "usr_1",
        "phone": "+447700900123",
        "tags": ["vip"],
        "company_id": None,
    }
    assert user.custom == {"signup_method": "email", "plan": "free", "seats": None}


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"tags": ["new"]}, "tags", ["new"]),
        ({"tags": []}, "tags", []),
        ({"phone": None}, "phone", None),
        ({"other_emails": ["x@example.com"]}, "other_emails", ["x@example.com"]),
    ],
)
def test_a_list_replaces_and_null_clears(change: dict[str, Any], name: str, value: object) -> None:
    contacts = create_sandbox().contacts
    user = contacts.create({**JANE, "other_emails": ["y@example.com"]})
    contacts.update(user.id, change)
    assert user.values[name] == value


def test_an_update_sets_the_identifiers_free_that_it_takes_away() -> None:
    contacts = create_sandbox().contacts
    user = contacts.create(JANE)
    contacts.update(user.id, {"email": "new@example.com", "unique_external_id": None})
    again = contacts.create(JANE)
    assert again.id != user.id


def test_an_update_that_collides_is_409_and_changes_nothing() -> None:
    contacts = create_sandbox().contacts
    other = contacts.create({"name": "A", "email": "a@example.com"})
    user = contacts.create(JANE)
    before = dict(user.values)
    answer = refused(contacts.update, user.id, {"email": "a@example.com", "phone": "9"})
    assert holders(answer) == [("email", other.id)]
    assert user.values == before
    refused(contacts.create, {"name": "B", "email": "jane@example.com"})


def test_an_update_may_repeat_the_contacts_own_identifiers() -> None:
    contacts = create_sandbox().contacts
    user = contacts.create(JANE)
    contacts.update(user.id, JANE)
    assert user.email == "jane@example.com"


def test_the_last_identifier_cannot_be_cleared() -> None:
    contacts = create_sandbox().contacts
    user = contacts.create({"name": "A", "email": "a@example.com"})
    assert refused(contacts.update, user.id, {"email": None}).status == 400
    assert user.email == "a@example.com"


def test_a_contact_has_ten_emails_at_most_over_all_its_updates() -> None:
    contacts = create_sandbox().contacts
    ten = [f"a{n}@example.com" for n in range(10)]
    user = contacts.create({"name": "A", "phone": "1", "other_emails": ten})
    assert refused(contacts.update, user.id, {"email": "a@example.com"}).status == 400


@pytest.mark.parametrize("state", ["deleted", "blocked"])
async def test_a_deleted_or_blocked_contact_can_be_seen_and_not_changed(state: str) -> None:
    app = create_sandbox()
    user = app.contacts.create(JANE)
    setattr(user, state, True)
    async with client(app) as http:
        seen = await http.get(f"/contacts/{user.id}")
        put = await http.put(f"/contacts/{user.id}", json={"name": "X"})
        delete = await http.delete(f"/contacts/{user.id}")
        invite = await http.put(f"/contacts/{user.id}/send_invite")
    assert seen.status_code == 200
    assert seen.json().get("deleted") == (True if state == "deleted" else None)
    assert [put.status_code, delete.status_code, invite.status_code] == [405, 405, 405]
    assert put.json() == {
        "message": "PUT method is not allowed. It should be one of these method(s): GET"
    }
    assert user.name == "Jane"


async def test_an_agent_is_not_found_among_contacts() -> None:
    app = create_sandbox(agents=["agent@example.com"])
    agent = next(user for user in app.contacts.users.values() if user.email == "agent@example.com")
    async with client(app) as http:
        for method in ("GET", "PUT", "DELETE"):
            answer = await http.request(method, f"/contacts/{agent.id}", json={"name": "X"})
            assert (answer.status_code, answer.content) == (404, b"")
        assert (await http.get("/contacts")).json() == []
        assert (await http.get("/contacts/autocomplete?term=agent")).json() == []


async def test_delete_and_restore_answer_204_and_only_where_they_apply() -> None:
    app = create_sandbox()
    path = f"/contacts/{app.contacts.create(JANE).id}"
    async with client(app) as http:
        calls = [
            ("PUT", f"{path}/restore", 404),
            ("DELETE", path, 204),
            ("DELETE", path, 405),
            ("PUT", f"{path}/restore", 204),
            ("PUT", f"{path}/restore", 404),
            ("DELETE", path, 204),
            ("PUT", "/contacts/99/restore", 404),
        ]
        for method, target, status in calls:
            answer = await http.request(method, target)
            assert (answer.status_code, "content-type" in answer.headers) == (
                status,
                status != 204,
            )


async def test_a_hard_delete_needs_a_soft_one_or_force_and_frees_the_identifiers() -> None:
    app = create_sandbox()
    user = app.contacts.create(JANE)
    async with client(app) as http:
        path = f"/contacts/{user.id}/hard_delete"
        refusal = await http.delete(path)
        assert (refusal.status_code, refusal.content) == (400, b"")
        assert (await http.delete(f"{path}?force=false")).status_code == 400
        assert (await http.delete(f"{path}?force=true")).status_code == 204
        assert (await http.delete(path)).status_code == 404
        again = await http.post("/contacts", json=JANE)
        assert again.status_code == 201
        soft = f"/contacts/{again.json()['id']}"
        await http.delete(soft)
        assert (await http.delete(f"{soft}/hard_delete")).status_code == 204
        assert (await http.get(soft)).status_code == 404


async def test_a_contact_with_an_email_becomes_an_agent_and_loses_its_other_emails() -> None:
    app = create_sandbox()
    user = app.contacts.create({**JANE, "other_emails": ["j@example.com"]})
    async with client(app) as http:
        answer = await http.put(f"/contacts/{user.id}/make_agent")
        assert (await http.put(f"/contacts/{user.id}", json={"name": "X"})).status_code == 404
    assert answer.status_code == 200
    assert answer.json()["email"] == "jane@example.com"
    assert answer.json()["agent"]["id"] == user.id
    app.contacts.create({"name": "J", "email": "j@example.com"})
    assert refused(app.contacts.create, JANE).status == 409


async def test_a_post_to_make_agent_is_the_wrong_verb() -> None:
    app = create_sandbox()
    user = app.contacts.create(JANE)
    async with client(app) as http:
        assert (await http.post(f"/contacts/{user.id}/make_agent")).status_code == 405


def test_without_an_email_nobody_becomes_an_agent() -> None:
    contacts = create_sandbox().contacts
    user = contacts.create({"name": "A", "phone": "1"})
    answer = refused(contacts.make_agent, user.id)
    assert (answer.status, errors(answer)[0]["code"]) == (409, "inconsistent_state")


def test_an_account_has_no_more_agents_than_it_may() -> None:
    contacts = create_sandbox(max_agents=3).contacts
    first, second = (
        contacts.create({"name": "A", "email": email})
        for email in ("a@example.com", "b@example.com")
    )
    contacts.make_agent(first.id)
    answer = refused(contacts.make_agent, second.id)
    assert answer.status == 403
    assert isinstance(answer.body, dict)
    assert answer.body["code"] == "max_agents_reached"


def test_times_are_those_of_the_clock() -> None:
    now = [1_440_752_896.0]
    app = create_sandbox(clock=lambda: now[0])
    user = app.contacts.create(JANE)
    now[0] += 60
    app.contacts.update(user.id, {"name": "Jane D"})
    assert (user.created_at, user.updated_at) == (1_440_752_896.0, 1_440_752_956.0)


async def test_autocomplete_finds_the_beginning_of_any_word_of_a_name() -> None:
    app = create_sandbox()
    user = app.contacts.create({"name": "John Jonz", "phone": "1"})
    gone = app.contacts.create({"name": "John Gone", "phone": "1"})
    app.contacts.delete(gone.id)
    async with client(app) as http:
        for term in ("john", "Joh", "JONZ", "jon"):
            answer = await http.get("/contacts/autocomplete", params={"term": term})
            assert answer.json() == [{"id": user.id, "name": "John Jonz"}]
        for term in ("hn", "nz"):
            assert (await http.get(f"/contacts/autocomplete?term={term}")).json() == []
        assert (await http.get("/contacts/autocomplete")).status_code == 400
