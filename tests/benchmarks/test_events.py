"""The workload of the benchmark: varied, repeatable, and half of it deliverable."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FICTION = re.compile(
    r"(\+44|0)(7700900\d{3}|(11[3-8]|1[2-6]1)4960\d{3})"  # Ofcom
    r"|\+49(3023125|6990009|4066969|2214710|8999998)\d{3}"  # Bundesnetzagentur
    r"|\+1[2-9]\d\d55501\d\d"  # North American Numbering Plan
)


@pytest.fixture(scope="module")
def events() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield import_module("events")


@pytest.fixture(scope="module")
def lines(events: ModuleType) -> list[bytes]:
    generated: list[bytes] = events.generate(2_000)
    return generated


@pytest.fixture(scope="module")
def messages(lines: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def person(message: dict[str, Any]) -> dict[str, Any]:
    """The person's traits; those at the root of a group call are the group's."""
    root = {} if message["type"] == "group" else message.get("traits", {})
    traits: dict[str, Any] = message["context"].get("traits", {})
    return traits | root


def marketing(message: dict[str, Any]) -> bool | None:
    consent = message["context"].get("consent", {})
    shapes = ("canonical", "categories", "categoryPreferences")
    purposes: dict[str, bool] = next((consent[s] for s in shapes if s in consent), consent)
    return purposes.get("marketing")


def judged(message: dict[str, Any]) -> str:
    """The preset's decision, worked out here from the message alone, in its order of judging."""
    named = {name.casefold(): wanted for name, wanted in message["integrations"].items()}
    if not named.get("freshdesk", named.get("all", True)):
        return "integration_disabled"
    if not message.get("userId") and not person(message).get("email"):
        return "anonymous"
    if not marketing(message):
        return "no_consent"
    event = (message.get("event") or "").casefold().replace(" ", "_")
    return "send" if message["type"] == "identify" or event == "signed_up" else "no_rule"


def test_the_same_seed_gives_the_same_lines(events: ModuleType, lines: list[bytes]) -> None:
    assert events.generate(2_000) == lines


def test_another_seed_gives_other_lines(events: ModuleType, lines: list[bytes]) -> None:
    assert not set(events.generate(2_000, seed=1)) & set(lines)


def test_an_event_is_about_a_kilobyte(lines: list[bytes]) -> None:
    assert 900 <= sum(map(len, lines)) / len(lines) <= 1_100
    assert all(300 < len(line) < 2_000 for line in lines)


def test_each_event_is_one_line(lines: list[bytes]) -> None:
    assert not any(b"\n" in line for line in lines)


def test_every_message_id_is_new(messages: list[dict[str, Any]]) -> None:
    assert len({message["messageId"] for message in messages}) == len(messages)


def test_the_announced_outcome_is_that_of_the_message(
    events: ModuleType, messages: list[dict[str, Any]]
) -> None:
    assert [judged(message) for message in messages] == events.outcomes(len(messages))


@given(count=st.integers(0, 400), seed=st.integers())
def test_half_of_any_number_is_deliverable(events: ModuleType, count: int, seed: int) -> None:
    outcomes = events.outcomes(count, seed)
    assert len(outcomes) == count
    assert outcomes.count("send") == count // 2


def test_events_are_dropped_for_each_reason(events: ModuleType) -> None:
    dropped = Counter(events.outcomes(100))
    assert dropped == {
        "send": 50, "no_rule": 18, "no_consent": 14, "anonymous": 12, "integration_disabled": 6
    }  # fmt: skip


def test_what_is_deliverable_has_a_name_or_an_address(
    events: ModuleType, messages: list[dict[str, Any]]
) -> None:
    due = zip(messages, events.outcomes(len(messages)), strict=True)
    assert all(person(message).get("email") for message, outcome in due if outcome == "send")


def test_every_kind_of_call_and_place_of_consent_occurs(messages: list[dict[str, Any]]) -> None:
    assert {message["type"] for message in messages} == {"track", "identify", "page", "group"}
    assert {frozenset(message["context"].get("consent", {})) for message in messages} == {
        frozenset(),
        frozenset({"categoryPreferences"}),
        frozenset({"categories", "canonical"}),
        frozenset({"functional", "analytics", "marketing"}),
    }


def test_people_come_back_some_far_more_often(messages: list[dict[str, Any]]) -> None:
    met = Counter(person(message)["email"] for message in messages if "email" in person(message))
    assert met.most_common(1)[0][1] > 10 * met.total() / len(met)


def test_names_are_written_in_many_scripts(messages: list[dict[str, Any]]) -> None:
    names = [person(message).get("name", "") for message in messages]
    scripts = {unicodedata.name(name[0]).split()[0] for name in names if name}
    assert {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "DEVANAGARI", "HANGUL"} <= scripts


def test_every_address_is_kept_for_examples(messages: list[dict[str, Any]]) -> None:
    emails = {person(message).get("email", "a@example.com").strip() for message in messages}
    assert all(re.fullmatch(r"[^@\s]+@example\.(com|net|org)", email) for email in emails)


def test_every_phone_number_is_kept_for_fiction(messages: list[dict[str, Any]]) -> None:
    phones = {str(person(message).get("phone", "")) for message in messages}
    numbers = {re.sub(r"[ ()-]", "", phone) for phone in phones if any(map(str.isdigit, phone))}
    assert len(numbers) > 300
    assert [number for number in numbers if not FICTION.fullmatch(number)] == []
