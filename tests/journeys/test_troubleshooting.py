"""The table of symptoms at the end of Datafly's page on Freshdesk, row by row.

What becomes of each, and that the words of its fix are in what an operator is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from sendoff import Sendoff
from sendoff.pipeline import Setting
from sendoff.serving import serve
from sendoff.store.deaths import DeadQuery
from sendoff.testing.clock import VirtualClock
from sendoff.testing.faults import FaultProxy, LostAnswer
from sendoff_freshdesk.sandbox import FreshdeskSandbox, create_sandbox

Account = Callable[..., FreshdeskSandbox]
Open = Callable[..., AbstractAsyncContextManager[Sendoff]]
CONSENT = {"consent": {"canonical": {"marketing": True}}}


def identify(user: str, **traits: Any) -> dict[str, Any]:
    given = {"name": user, "email": f"{user}@example.com", **traits}
    return {"type": "identify", "userId": user, "traits": given, "context": CONSENT}


def signed_up(user: str, **traits: Any) -> dict[str, Any]:
    return {**identify(user, **traits), "type": "track", "event": "Signed Up",
            "properties": {"method": "email"}}  # fmt: skip


def people(desk: FreshdeskSandbox) -> list[str]:
    return [user.name for user in desk.contacts.users.values() if not user.agent]


def told(sendoff: Sendoff) -> list[Mapping[str, Any]]:
    """The records of the journal from now on."""
    records: list[Mapping[str, Any]] = []
    sendoff.journal.subscribe(records.append)
    return records


def said(records: Iterable[Mapping[str, Any]], kind: str) -> str:
    """The words of the only record of a kind."""
    details = {record["detail"] for record in records if record["kind"] == kind}
    [detail] = details - {""}
    return str(detail)


@pytest.mark.parametrize(
    ("switches", "key", "reason", "fix"),
    [
        ({}, "wrong-key", "credentials_refused", ["copy it again", "profile settings", "space"]),
        ({}, "readonly-key", "permission_denied", ["role may create and edit contacts"]),
        ({"domain": "other"}, "sandbox-key", "wrong_domain", ["`domain`", "subdomain", "full"]),
    ],
)
async def test_what_only_an_operator_can_mend_holds_the_route_and_loses_nothing(  # noqa: PLR0913, PLR0917
    switches: dict[str, Any], key: str, reason: str, fix: list[str], opened: Open,
    account: Account, clock: VirtualClock,
) -> None:  # fmt: skip
    desk = account(**switches)
    async with opened(to=desk, key=key) as sendoff:
        records = told(sendoff)
        await sendoff.send_many(identify(f"p{n}") for n in range(200))
        counts = (await sendoff.drain())["routes"]["support"]
        assert (counts["waiting"], counts["dead"], counts["held"]) == (200, 0, reason)
        assert len(desk.requests) == 1
        words = said(records, "hold")
        assert all(word in words for word in fix), words
        await clock.advance(3600)
        assert len(desk.requests) <= 20
        assert (await sendoff.store.depth("support")).waiting == 200
        assert not await sendoff.store.dead(DeadQuery())


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_was_held_goes_on_by_itself_once_it_is_mended(
    status: int, opened: Open, desk: FreshdeskSandbox, clock: VirtualClock
) -> None:
    desk.faults.replace(f"ok*3,{status}*")
    async with opened() as sendoff:
        await sendoff.send_many(identify(f"p{n}") for n in range(50))
        assert (await sendoff.drain())["routes"]["support"]["delivered"] == 3
        desk.faults.replace("")
        await clock.advance(61)
        counts = (await sendoff.drain())["routes"]["support"]
        assert (counts["delivered"], counts["held"]) == (50, None)
    assert sorted(people(desk)) == sorted(f"p{n}" for n in range(50))


async def test_a_key_that_is_revoked_under_way_costs_a_handful_of_requests(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    desk.faults.replace("ok*100,401*")
    async with opened() as sendoff:
        await sendoff.send_many(identify(f"p{n}") for n in range(1000))
        counts = (await sendoff.drain())["routes"]["support"]
        assert not await sendoff.store.dead(DeadQuery())
    assert (counts["delivered"], counts["waiting"]) == (100, 900)
    assert desk.requests.by_status[401] <= 4


@pytest.mark.parametrize("domain", ["acme", "acme.freshdesk.com", "https://acme.freshdesk.com/"])
async def test_a_full_address_is_understood_as_its_subdomain(
    domain: str, opened: Open, pipeline: str, account: Account
) -> None:
    desk = account(domain="acme")
    text = pipeline.replace("domain: acme", f'domain: "{domain}"')
    async with opened(text, to=desk) as sendoff:
        await sendoff.send(identify("ada"))
        await sendoff.drain()
    assert people(desk) == ["ada"]


async def test_409_with_create_only_leaves_the_contact_and_says_why(
    opened: Open, pipeline: str, desk: FreshdeskSandbox
) -> None:
    held = desk.contacts.create({"name": "before", "email": "ada@example.com"})
    async with opened(pipeline.replace("freshdesk/default", "freshdesk/create-only")) as sendoff:
        records = told(sendoff)
        await sendoff.send(signed_up("ada"))
        counts = (await sendoff.drain())["routes"]["support"]
        words = said(records, "attempt")
    assert (counts["skipped"], counts["delivered"], counts["dead"]) == (1, 0, 0)
    assert "expected" in words
    assert "first-touch events such as Signed Up" in words
    assert len(desk.requests) == 1
    assert (people(desk), held.name) == (["before"], "before")


async def test_409_with_the_default_updates_the_contact(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    held = desk.contacts.create({"name": "before", "email": "ada@example.com"})
    async with opened() as sendoff:
        await sendoff.send(signed_up("ada", name="John Doe"))
        counts = (await sendoff.drain())["routes"]["support"]
    assert (counts["delivered"], counts["dead"]) == (1, 0)
    assert (people(desk), held.name) == (["John Doe"], "John Doe")
    assert held.custom["signup_method"] == "email"


async def test_400_for_a_field_freshdesk_lacks_is_dead_with_the_field_and_the_fix(
    opened: Open, account: Account
) -> None:
    desk = account(custom_fields=[], removed_fields=["signup_method"])
    async with opened(to=desk) as sendoff:
        await sendoff.send(signed_up("ada"))
        await sendoff.send(identify("bob"))
        counts = (await sendoff.drain())["routes"]["support"]
        [letter] = await sendoff.store.dead(DeadQuery("support"))
    assert (counts["dead"], counts["delivered"], counts["held"]) == (1, 1, None)
    assert letter.reason == "invalid_request"
    assert "signup_method" in letter.detail
    assert "Admin → Contact Fields" in letter.detail
    assert "remove it from the blueprint" in letter.detail
    assert len(desk.requests) == 2


async def test_an_event_without_a_name_is_dead_before_anything_is_asked_of_freshdesk(
    opened: Open, desk: FreshdeskSandbox
) -> None:
    event = {"type": "identify", "userId": "ada", "context": CONSENT}
    async with opened() as sendoff:
        await sendoff.send(event)
        counts = (await sendoff.drain())["routes"]["support"]
        [letter] = await sendoff.store.dead(DeadQuery("support"))
    assert counts["dead"] == 1
    assert (letter.reason, "name" in letter.detail) == ("missing_field", True)
    assert not len(desk.requests)


async def test_400_for_a_value_freshdesk_requires_is_dead_with_the_field_and_the_fix(
    opened: Open, account: Account
) -> None:
    desk = account(required_fields=["phone"])
    async with opened(to=desk) as sendoff:
        await sendoff.send(identify("ada"))
        await sendoff.drain()
        [letter] = await sendoff.store.dead(DeadQuery("support"))
    assert "phone" in letter.detail
    assert "see that the events bring it" in letter.detail


@pytest.mark.parametrize("seconds", [2, 30, 900])
async def test_429_stops_the_whole_account_for_as_long_as_it_asks_and_burns_no_attempt(
    seconds: int, opened: Open, two_routes: str, desk: FreshdeskSandbox, clock: VirtualClock
) -> None:
    once = two_routes.replace("settings:", "retry: {attempts: 1, within: 1s}\n    settings:")
    async with opened(once) as s:
        records = told(s)
        await s.send_many(identify(f"p{n}") for n in range(10))
        await s.drain()
        asked = len(desk.requests)
        desk.faults.replace(f"429:{seconds}")
        await s.send_many(identify(f"q{n}") for n in range(50))
        counts = await clock.run(s.drain())
        attempts = {each["attempt"] for each in records if each["kind"] == "attempt"}
        words = [each["detail"] for each in records if each.get("outcome") == "Throttled"]
    requests = list(desk.requests)[asked:]
    began = requests[0].at
    assert [request.status for request in requests[:2]] == [429, 201]
    assert all(request.at >= began + seconds for request in requests[1:])
    assert all(route["delivered"] == 60 for route in counts["routes"].values())
    assert attempts == {1}
    assert "it goes on by itself" in words[0]
    assert "API limit of the plan" in words[0]


async def test_an_account_with_a_small_plan_is_not_pushed_into_429(
    opened: Open, account: Account, clock: VirtualClock
) -> None:
    desk = account(rate_limit=20)
    async with opened(to=desk) as sendoff:
        await sendoff.send_many(identify(f"p{n}") for n in range(100))
        counts = await clock.run(sendoff.drain())
    assert counts["routes"]["support"]["delivered"] == 100
    assert desk.requests.by_status[429] <= 2
    assert 240 <= clock.monotonic() <= 420


async def test_an_answer_that_is_lost_after_the_contact_was_created_leaves_one_contact(
    opened: Open, desk: FreshdeskSandbox, clock: VirtualClock
) -> None:
    desk.faults.replace("lost,lost:502,ok*")
    async with opened() as sendoff:
        records = told(sendoff)
        await sendoff.send(identify("ada"))
        counts = await clock.run(sendoff.drain())
        unknown = [each for each in records if each.get("maybe_delivered")]
    assert people(desk) == ["ada"]
    assert counts["routes"]["support"]["delivered"] == 1
    assert len(unknown) == 2


AT_ADDRESS = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    with: {{default_region: GB}}
    settings: {{base_url: "{url}", api_key: "${{env:FRESHDESK_API_KEY}}"}}
"""


async def test_an_answer_that_is_lost_on_the_network_leaves_one_contact(opened: Open) -> None:
    desk = create_sandbox(custom_fields=["signup_method"])
    async with serve(desk) as server, FaultProxy(upstream=server.address) as proxy:
        proxy.add(LostAnswer(times=3, only="^POST"))
        setting = Setting(random=lambda: 0.0)
        async with opened(AT_ADDRESS.format(url=proxy.url), setting=setting) as sendoff:
            records = told(sendoff)
            await sendoff.send(identify("ada"))
            await sendoff.send(identify("bob"))
            counts = await sendoff.drain(timeout=30)
            outcomes = [each for each in records if each["kind"] == "attempt"]
        assert proxy.hits["lost_answer"] == 3
    assert sorted(people(desk)) == ["ada", "bob"]
    assert counts["routes"]["support"]["delivered"] == 2
    unknown = [each["reason"] for each in outcomes if each.get("maybe_delivered")]
    assert unknown == ["connection_lost"] * 3
