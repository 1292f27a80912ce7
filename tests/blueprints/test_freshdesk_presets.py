"""What the presets say, held against the destination and its sandbox.

That their examples come out as they say is tested where every preset's are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from sendoff.payloads import PayloadJudge
from sendoff.presets import load_presets
from sendoff_freshdesk import Freshdesk
from sendoff_freshdesk.sandbox import create_sandbox

DOCUMENTED = {
    "name": "John Doe",
    "email": "john.doe@example.com",
    "phone": "+447700900123",
    "unique_external_id": "usr_123",
    "job_title": "Head of Growth",
    "tags": ["marketing-consent"],
    "custom_fields": {"signup_method": "email"},
}
NAMES = ("freshdesk/default", "freshdesk/create-only")
ACTIONS = Freshdesk().actions


def preset(name: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = load_presets().find(name).document().value
    return document


def sent(name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Action and payload of every example that is sent."""
    for example in preset(name)["examples"]:
        if "payload" in example["expect"]:
            yield example["expect"]["action"], example["expect"]["payload"]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_read_strictly_and_bears_the_name_of_its_file(name: str) -> None:
    found = preset(name)
    assert (found["name"], found["version"], found["destination"]) == (name, 1, "freshdesk")


def test_the_default_updates_and_create_only_creates() -> None:
    default, create_only = (preset(name)["rules"] for name in NAMES)
    assert [(rule["id"], rule["action"]) for rule in default] == [
        ("signed_up", "upsert_contact"),
        ("identified", "upsert_contact"),
    ]
    assert [(rule["id"], rule["action"]) for rule in create_only] == [
        ("signed_up", "create_contact")
    ]


def test_both_map_alike_and_demand_the_same() -> None:
    default, create_only = map(preset, NAMES)
    for part in ("parameters", "require", "fields"):
        assert default[part] == create_only[part]
    assert default["rules"][0]["fields"] == create_only["rules"][0]["fields"]


@pytest.mark.parametrize(("name", "times"), [(NAMES[0], 3), (NAMES[1], 1)])
def test_the_documented_sign_up_has_the_documented_body(name: str, times: int) -> None:
    bodies = [payload for _action, payload in sent(name)]
    assert bodies.count(DOCUMENTED) == times
    assert all(list(body) == list(DOCUMENTED) for body in bodies if body == DOCUMENTED)


@pytest.mark.parametrize("name", NAMES)
def test_every_payload_of_an_example_fits_its_action(name: str) -> None:
    for action, payload in sent(name):
        assert PayloadJudge(ACTIONS[action]).problem(payload) == ""


@pytest.mark.parametrize("name", NAMES)
async def test_every_payload_of_an_example_is_taken_by_the_sandbox(name: str) -> None:
    for _action, payload in sent(name):
        company = {"id": 101_000_000_007, "name": "Acme"}
        transport = httpx.ASGITransport(app=create_sandbox(companies=[company]))
        async with httpx.AsyncClient(transport=transport, auth=("sandbox-key", "X")) as client:
            answer = await client.post("http://sandbox/api/v2/contacts", json=payload)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("name", NAMES)
def test_every_decision_that_is_not_to_send_has_an_example(name: str) -> None:
    expected = [example["expect"] for example in preset(name)["examples"]]
    reasons = {expect["drop"] for expect in expected if "drop" in expect}
    assert reasons == {"anonymous", "no_consent", "no_rule"}
