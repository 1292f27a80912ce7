"""The sequences against the sandbox: what is sent, what is left behind, what is reported."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.delivery import (
    Delivered,
    Delivery,
    NeedsOperator,
    Outcome,
    Rejected,
    Retry,
    Skipped,
    Throttled,
)
from sendoff.testing.sandbox import Refused
from sendoff.testing.unpaced import unpaced_http
from sendoff_freshdesk.connection import FreshdeskConnection
from sendoff_freshdesk.sandbox import FreshdeskSandbox, create_sandbox

JOHN = {
    "name": "John Doe",
    "email": "john.doe@example.com",
    "phone": "+447700900123",
    "unique_external_id": "usr_123",
    "job_title": "Head of Growth",
    "tags": ["marketing-consent"],
    "custom_fields": {"signup_method": "email"},
}
SETTINGS = {"base_url": "http://127.0.0.1:8090", "api_key": "sandbox-key"}


def connection(transport: httpx.AsyncBaseTransport) -> FreshdeskConnection:
    return FreshdeskConnection(SETTINGS, unpaced_http(transport))


async def send(
    sandbox: FreshdeskSandbox,
    payload: dict[str, Any],
    action: str = "upsert_contact",
    **write: str,
) -> Outcome:
    delivery = Delivery(
        id="d1",
        route="support",
        action=action,
        body=msgspec.json.encode(payload),
        order_key="",
        event_key="e1",
        write=write,
    )
    opened = connection(httpx.ASGITransport(app=sandbox))
    [outcome] = await opened.deliver([delivery])
    return outcome


def sent(sandbox: FreshdeskSandbox) -> list[tuple[str, str, int]]:
    """Verb, path without `/api/v2`, and status of every request."""
    return [(r.method, r.path.removeprefix("/api/v2"), r.status) for r in sandbox.requests]


def bodies(sandbox: FreshdeskSandbox, method: str) -> list[object]:
    return [each.payload for each in sandbox.requests if each.method == method]


def held(sandbox: FreshdeskSandbox, user_id: int) -> dict[str, Any]:
    user = sandbox.contacts.users[user_id]
    return {**user.values, "custom_fields": user.custom}


# Creating


async def test_a_new_person_becomes_a_contact_by_one_request_with_the_payload_as_it_is() -> None:
    sandbox = create_sandbox()
    outcome = await send(sandbox, JOHN)
    [(contact_id, user)] = [(i, u) for i, u in sandbox.contacts.users.items() if not u.agent]
    assert outcome == Delivered(f"created contact {contact_id}")
    assert sent(sandbox) == [("POST", "/contacts", 201)]
    assert bodies(sandbox, "POST") == [JOHN]
    assert user.values["tags"] == ["marketing-consent"]


async def test_create_only_leaves_a_contact_that_is_there_as_it_is() -> None:
    sandbox = create_sandbox()
    there = sandbox.contacts.create({"name": "J", "email": JOHN["email"]})
    outcome = await send(sandbox, JOHN, "create_contact")
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "already_exists"
    assert "first-touch events such as Signed Up" in outcome.detail
    assert "email: It should be a unique value (duplicate_value)" in outcome.detail
    assert sent(sandbox) == [("POST", "/contacts", 409)]
    assert held(sandbox, there.id)["name"] == "J"


async def test_create_only_creates() -> None:
    assert isinstance(await send(create_sandbox(), JOHN, "create_contact"), Delivered)


# Updating


async def test_a_known_person_is_updated_with_what_differs() -> None:
    sandbox = create_sandbox()
    there = sandbox.contacts.create(
        {**JOHN, "job_title": "CEO", "tags": ["vip"], "custom_fields": {"seats": 3}}
    )
    outcome = await send(sandbox, {**JOHN, "email": "John.Doe@example.com"})
    assert outcome == Delivered(f"updated contact {there.id}: job_title, tags, custom_fields")
    path = f"/contacts/{there.id}"
    assert sent(sandbox) == [("POST", "/contacts", 409), ("GET", path, 200), ("PUT", path, 200)]
    assert bodies(sandbox, "PUT") == [
        {
            "job_title": "Head of Growth",
            "tags": ["vip", "marketing-consent"],
            "custom_fields": {"signup_method": "email"},
        }
    ]
    assert held(sandbox, there.id)["custom_fields"] == {"seats": 3, "signup_method": "email"}


async def test_a_contact_that_is_up_to_date_costs_no_write() -> None:
    sandbox = create_sandbox()
    there = sandbox.contacts.create(JOHN)
    assert await send(sandbox, JOHN) == Delivered(f"contact {there.id} is already up to date")
    assert [method for method, _path, _status in sent(sandbox)] == ["POST", "GET"]


async def test_the_blueprints_write_policies_are_kept() -> None:
    sandbox = create_sandbox()
    there = sandbox.contacts.create({**JOHN, "tags": ["vip"], "job_title": "CEO"})
    await send(sandbox, JOHN, job_title="if_empty", tags="overwrite")
    assert held(sandbox, there.id)["job_title"] == "CEO"
    assert held(sandbox, there.id)["tags"] == ["marketing-consent"]


async def test_a_phone_that_is_not_unique_is_no_conflict() -> None:
    sandbox = create_sandbox()
    sandbox.contacts.create({"name": "Jane", "phone": JOHN["phone"]})
    outcome = await send(sandbox, JOHN)
    assert isinstance(outcome, Delivered)
    assert outcome.detail.startswith("created")


# Whom it must not touch


async def expect_refusal(
    sandbox: FreshdeskSandbox, reason: str, payload: dict[str, Any] | None = None
) -> str:
    before = {i: held(sandbox, i) for i in sandbox.contacts.users}
    outcome = await send(sandbox, payload or JOHN)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == reason
    assert {i: held(sandbox, i) for i in sandbox.contacts.users} == before
    return outcome.detail


async def test_values_of_two_contacts_are_never_joined() -> None:
    sandbox = create_sandbox()
    first = sandbox.contacts.create({"name": "A", "email": JOHN["email"]})
    second = sandbox.contacts.create({"name": "B", "unique_external_id": "usr_123"})
    detail = await expect_refusal(sandbox, "identity_conflict")
    assert f"email to {first.id}" in detail
    assert f"unique_external_id to {second.id}" in detail
    assert sent(sandbox) == [("POST", "/contacts", 409)]


async def test_a_contact_with_another_external_id_is_never_written_over() -> None:
    sandbox = create_sandbox()
    sandbox.contacts.create({**JOHN, "unique_external_id": "usr_9"})
    detail = await expect_refusal(sandbox, "identity_conflict")
    assert "another unique_external_id" in detail


@pytest.mark.parametrize("additional_info", [True, False])
async def test_an_agent_is_named(additional_info: bool) -> None:
    sandbox = create_sandbox(agents=[JOHN["email"]], additional_info=additional_info)
    assert "agent" in await expect_refusal(sandbox, "is_agent")


@pytest.mark.parametrize("additional_info", [True, False])
async def test_a_deleted_contact_is_named(additional_info: bool) -> None:
    sandbox = create_sandbox(additional_info=additional_info)
    sandbox.contacts.delete(sandbox.contacts.create({**JOHN, "name": "J"}).id)
    assert "deleted" in await expect_refusal(sandbox, "blocked_or_deleted")


@pytest.mark.parametrize("additional_info", [True, False])
async def test_a_blocked_contact_is_named(additional_info: bool) -> None:
    sandbox = create_sandbox(additional_info=additional_info)
    sandbox.contacts.create({**JOHN, "name": "J"}).blocked = True
    assert "blocked" in await expect_refusal(sandbox, "blocked_or_deleted")


async def test_a_shared_telephone_does_not_make_two_people_one() -> None:
    sandbox = create_sandbox(unique_fields=["phone"])
    sandbox.contacts.create({"name": "Jane", "email": "jane@example.com", "phone": JOHN["phone"]})
    assert "telephone" in await expect_refusal(sandbox, "shared_phone")


async def test_a_contact_known_by_telephone_alone_gets_its_email() -> None:
    sandbox = create_sandbox(unique_fields=["phone"])
    there = sandbox.contacts.create({"name": "John", "phone": JOHN["phone"]})
    assert isinstance(await send(sandbox, JOHN), Delivered)
    assert held(sandbox, there.id)["email"] == JOHN["email"]


async def test_an_update_that_takes_anothers_value_is_a_conflict() -> None:
    # The first conflict names the one contact only: the second value is taken in between.
    sandbox = create_sandbox()
    sandbox.contacts.create({"name": "A", "email": JOHN["email"]})
    sandbox.faults.replace("ok,ok,409")
    assert "merge" in await expect_refusal(sandbox, "identity_conflict")


# Without the undocumented part of a conflict


@pytest.mark.parametrize("conflict_field", [True, False])
@pytest.mark.parametrize("identifier", ["email", "unique_external_id"])
async def test_the_holder_is_found_by_what_is_taken(identifier: str, conflict_field: bool) -> None:
    sandbox = create_sandbox(additional_info=False, conflict_field=conflict_field)
    there = sandbox.contacts.create({"name": "J", identifier: JOHN[identifier]})
    sandbox.contacts.create({"name": "Jane", "email": "jane@example.com", "phone": JOHN["phone"]})
    assert isinstance(await send(sandbox, JOHN), Delivered)
    assert held(sandbox, there.id)["name"] == "John Doe"


async def test_an_address_with_a_plus_is_looked_up_as_it_is() -> None:
    sandbox = create_sandbox(additional_info=False)
    payload = {"name": "Test Contact", "email": "test+signal@example.com"}
    there = sandbox.contacts.create(payload)
    assert await send(sandbox, payload) == Delivered(f"contact {there.id} is already up to date")
    assert "email=test%2Bsignal%40example.com" in sent(sandbox)[1][1]


@pytest.mark.parametrize("external_id_filter", ["ignored", "refused"])
async def test_where_the_external_id_cannot_be_searched_nobody_else_is_taken_for_the_holder(
    external_id_filter: str,
) -> None:
    sandbox = create_sandbox(additional_info=False, external_id_filter=external_id_filter)
    for name in ("a", "b", "c"):
        sandbox.contacts.create({"name": name, "email": f"{name}@example.com"})
    sandbox.contacts.create({"name": "J", "unique_external_id": JOHN["unique_external_id"]})
    assert "Look for it" in await expect_refusal(sandbox, "identity_conflict")


async def test_a_telephone_that_several_have_tells_nobody_apart() -> None:
    sandbox = create_sandbox(additional_info=False, unique_fields=["mobile"])
    mobile = {"name": "J", "mobile": "+447700900123"}
    there = sandbox.contacts.create(mobile)
    assert await send(sandbox, mobile) == Delivered(f"contact {there.id} is already up to date")
    sandbox.contacts.users[there.id + 1] = sandbox.contacts.create({**mobile, "mobile": "+1"})
    sandbox.contacts.users[there.id + 1].values["mobile"] = "+447700900123"
    detail = await expect_refusal(sandbox, "identity_conflict", mobile)
    assert f"({there.id}, {there.id + 1})" in detail


# What may happen on the way


STEPS = ["POST", "GET", "PUT"]


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("fault", ["500", "502", "503", "html502", "drop", "429:7", "401", "403"])
async def test_a_fault_at_any_step_is_the_outcome_and_a_repeat_ends_well(
    fault: str, at: int
) -> None:
    sandbox = create_sandbox()
    there = sandbox.contacts.create({**JOHN, "job_title": "CEO"})
    sandbox.faults.replace("ok," * at + fault)
    outcome = await send(sandbox, JOHN)
    assert [method for method, _path, _status in sent(sandbox)] == STEPS[: at + 1]
    writes = STEPS[at] != "GET"
    match fault:
        case "429:7":
            assert isinstance(outcome, Throttled)
            assert outcome.after == 7
        case "401" | "403":
            assert isinstance(outcome, NeedsOperator)
        case _:
            assert isinstance(outcome, Retry)
            assert outcome.maybe_delivered is (writes and fault != "503")
    assert isinstance(await send(sandbox, JOHN), Delivered)
    assert held(sandbox, there.id)["job_title"] == "Head of Growth"


async def test_a_create_whose_answer_was_lost_ends_as_a_no_op() -> None:
    sandbox = create_sandbox(fail="lost")
    outcome = await send(sandbox, JOHN)
    assert isinstance(outcome, Retry)
    assert outcome.maybe_delivered
    again = await send(sandbox, JOHN)
    assert isinstance(again, Delivered)
    assert again.detail.endswith("is already up to date")
    assert sum(not user.agent for user in sandbox.contacts.users.values()) == 1
    assert bodies(sandbox, "PUT") == []


async def test_an_update_whose_answer_was_lost_ends_as_a_no_op() -> None:
    sandbox = create_sandbox()
    sandbox.contacts.create({**JOHN, "tags": ["vip"]})
    sandbox.faults.replace("ok,ok,lost:502")
    outcome = await send(sandbox, JOHN)
    assert isinstance(outcome, Retry)
    assert outcome.maybe_delivered
    assert isinstance(await send(sandbox, JOHN), Delivered)
    assert len(bodies(sandbox, "PUT")) == 1


PAGE = {"content-type": "text/html"}


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("content", [b"<html>Sign in</html>", b"", b"[]", b'{"ok":true}', b"{"])
async def test_a_2xx_that_is_no_contact_is_never_taken_for_a_delivery(
    content: bytes, at: int
) -> None:
    taken = {"code": "duplicate_value", "additional_info": {"user_id": 7}}
    answers = [
        httpx.Response(409, json={"errors": [taken]}),
        httpx.Response(200, json={"id": 7, "email": JOHN["email"]}),
    ][:at]
    answers.append(httpx.Response(200, headers=PAGE, content=content))
    outcome = await scripted(*answers)
    assert isinstance(outcome, NeedsOperator)
    assert outcome.reason == "unexpected_answer"
    assert "answers 200" in outcome.detail


LONG = b'{"id":7,"description":"' + b"x" * 70_000 + b'"}'


async def test_a_contact_too_long_to_be_read_does_not_stop_the_route() -> None:
    taken = {"code": "duplicate_value", "additional_info": {"user_id": 7}}
    conflict = httpx.Response(409, json={"errors": [taken]})
    assert isinstance(await scripted(httpx.Response(201, content=LONG)), Delivered)
    refused = await scripted(conflict, httpx.Response(200, content=LONG))
    assert isinstance(refused, Rejected)
    assert refused.reason == "contact_too_large"


@pytest.mark.parametrize("content", [b"<html></html>", b"{}", b'[{"name":"x"}, 7]'])
async def test_a_search_that_answers_no_contacts_finds_nobody(content: bytes) -> None:
    outcome = await scripted(httpx.Response(409), *[httpx.Response(200, content=content)] * 6)
    assert isinstance(outcome, NeedsOperator if content[:1] != b"[" else Rejected)


async def scripted(*answers: httpx.Response) -> Outcome:
    """The outcome of an upsert that gets these answers."""
    left = list(answers)
    opened = connection(httpx.MockTransport(lambda _request: left.pop(0)))
    body = msgspec.json.encode(JOHN)
    delivery = Delivery("d1", "support", "upsert_contact", body, "", "e1")
    [outcome] = await opened.deliver([delivery])
    return outcome


# Whatever comes, in whatever order


_PEOPLE = st.fixed_dictionaries(
    {"name": st.sampled_from(["John", "Jane"])},
    optional={
        "phone": st.sampled_from(["+1", "+2"]),
        "job_title": st.sampled_from(["CEO", "CTO"]),
        "tags": st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
        "custom_fields": st.fixed_dictionaries({"seats": st.integers(0, 2)}),
        "unique_external_id": st.sampled_from(["u1", "u2", "u3"]),
        "email": st.sampled_from(["a@example.com", "B@example.com", "agent2@example.com"]),
    },
).filter(lambda payload: {"email", "unique_external_id", "phone"} & set(payload))
_FAULTS = st.sampled_from(["ok", "ok", "ok", "500", "drop", "lost", "lost:502", "503"])


@settings(deadline=None)
@given(
    people=st.lists(_PEOPLE, min_size=1, max_size=6),
    faults=st.lists(_FAULTS, max_size=10),
    info=st.booleans(),
    field=st.booleans(),
    unique=st.sampled_from([[], ["phone"]]),
)
def test_every_delivery_ends_and_none_takes_anything_from_another_person(
    people: list[dict[str, Any]],
    faults: list[str],
    info: bool,
    field: bool,
    unique: list[str],
) -> None:
    sandbox = create_sandbox(
        additional_info=info,
        conflict_field=field,
        unique_fields=unique,
        agents=["agent2@example.com"],
        rate_limit=10_000,
    )
    sandbox.faults.replace(",".join(faults))
    asyncio.run(_everybody(sandbox, people))


async def _everybody(sandbox: FreshdeskSandbox, people: list[dict[str, Any]]) -> None:
    for payload in people:
        outcome: Outcome = Retry("first")
        for _attempt in range(20):
            before = {i: held(sandbox, i) for i in sandbox.contacts.users}
            outcome = await send(sandbox, payload)
            after = {i: held(sandbox, i) for i in sandbox.contacts.users}
            _touched_at_most_one(payload, before, after)
            if not isinstance(outcome, Retry):
                break
        assert isinstance(outcome, Delivered | Rejected)
        if isinstance(outcome, Delivered):
            writes = len(bodies(sandbox, "PUT"))
            again = await send(sandbox, payload)
            while isinstance(again, Retry):
                again = await send(sandbox, payload)
            assert isinstance(again, Delivered)
            assert len(bodies(sandbox, "PUT")) == writes


def _touched_at_most_one(
    payload: dict[str, Any], before: dict[int, dict[str, Any]], after: dict[int, dict[str, Any]]
) -> None:
    touched = [i for i in after if after[i] != before.get(i)]
    assert len(touched) <= 1
    for user_id in touched:
        old, new = before.get(user_id, {}), after[user_id]
        assert set(old.get("tags") or ()) <= set(new.get("tags") or ())
        known = old.get("unique_external_id")
        assert known in (None, new.get("unique_external_id"))


async def test_a_conflict_is_what_the_sandbox_makes_of_a_taken_value() -> None:
    # Guards the tests above against a sandbox that forgets to refuse.
    sandbox = create_sandbox()
    sandbox.contacts.create(JOHN)
    with pytest.raises(Refused):
        sandbox.contacts.create(JOHN)


async def test_a_contact_other_than_the_one_asked_for_is_never_written_to() -> None:
    conflict = {
        "description": "Validation failed",
        "errors": [{"field": "email", "message": "taken", "code": "duplicate_value",
                    "additional_info": {"user_id": 5}}],
    }  # fmt: skip
    other = {"id": 7, "name": "Zed", "email": "zed@example.com", "tags": []}
    outcome = await scripted(httpx.Response(409, json=conflict), httpx.Response(200, json=other))
    assert isinstance(outcome, NeedsOperator)
    assert outcome.reason == "unexpected_answer"


async def test_an_answer_about_somebody_else_is_no_success() -> None:
    other = {"id": 99, "name": "Zed", "email": "zed@example.com"}
    outcome = await scripted(httpx.Response(201, json=other))
    assert isinstance(outcome, NeedsOperator)
    assert outcome.reason == "unexpected_answer"
