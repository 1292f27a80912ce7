"""A blueprint's examples: events, the decision expected of each, and how it differs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sendoff.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sendoff.blueprint.compilation import At
    from sendoff.blueprint.document import Blueprint
    from sendoff.decision import Decision
    from sendoff.problems import Position

    Decide = Callable[[Mapping[str, Any], Mapping[str, Any]], Decision]
    """The decision about an event, with these parameters. ConfigurationError: they do not fit."""

_LONGEST = 80
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """How an example came out: it holds where there are no `problems`."""

    name: str
    position: Position
    problems: tuple[Problem, ...] = ()


def run_examples(blueprint: Blueprint, decide: Decide) -> Iterator[ExampleResult]:
    """Each example in turn, decided and compared with what it expects.

    A problem stands where the expectation is written, and says which part of the payload differs.
    """
    document = blueprint.document
    for index, example in enumerate(document.value.get("examples") or ()):
        at: At = ("examples", index)
        decision = decide(example["event"], example.get("with") or {})
        found = _differences(example["expect"], decision)
        problems = [
            Problem(document.position((*at, "expect", *where)), message) for where, message in found
        ]
        yield ExampleResult(str(example["name"]), document.position(at), tuple(problems))


def _differences(expect: Mapping[str, Any], decision: Decision) -> Iterator[tuple[At, str]]:
    verdict = next((each for each in ("drop", "dead") if each in expect), "send")
    if decision.verdict != verdict:
        wanted = f"{verdict} {expect[verdict]}" if verdict in expect else "send"
        yield (verdict,), f"expected {wanted}, got {_told(decision)}"
        return
    if verdict in expect and decision.reason != expect[verdict]:
        yield (verdict,), f"expected {verdict} {expect[verdict]}, got {_told(decision)}"
    for key, got in (("rule", decision.rule), ("action", decision.action)):
        if key in expect and got != expect[key]:
            yield (key,), f"expected {key} {expect[key]}, got {got or 'none'}"
    if "payload" in expect:
        yield from _unlike(expect["payload"], decision.payload, ("payload",), "$")


def _told(decision: Decision) -> str:
    if decision.verdict == "send":
        return f"send by rule {decision.rule}"
    return f"{decision.verdict} {decision.reason}: {decision.detail}"


def _unlike(expected: Any, got: Any, at: At, path: str) -> Iterator[tuple[At, str]]:
    """Where two JSON values differ: the place in the document, and what is wrong at which path."""
    if isinstance(expected, dict) and isinstance(got, dict):
        yield from _unlike_objects(expected, got, at, path)
    elif isinstance(expected, list) and isinstance(got, list):
        for index, (one, other) in enumerate(zip(expected, got, strict=False)):
            yield from _unlike(one, other, (*at, index), f"{path}[{index}]")
        for index, one in enumerate(expected[len(got) :], len(got)):
            yield (*at, index), f"{path}[{index}]: expected {_shown(one)}, got nothing"
        for index, other in enumerate(got[len(expected) :], len(expected)):
            yield at, f"{path}[{index}]: expected nothing, got {_shown(other)}"
    elif isinstance(expected, bool) is not isinstance(got, bool) or expected != got:
        yield at, f"{path}: expected {_shown(expected)}, got {_shown(got)}"


def _unlike_objects(
    expected: Mapping[str, Any], got: Mapping[str, Any], at: At, path: str
) -> Iterator[tuple[At, str]]:
    for key, value in expected.items():
        inner = _member(path, key)
        if key in got:
            yield from _unlike(value, got[key], (*at, key), inner)
        else:
            yield (*at, key), f"{inner}: expected {_shown(value)}, got nothing"
    for key in got:
        if key not in expected:
            yield at, f"{_member(path, key)}: expected nothing, got {_shown(got[key])}"


def _member(path: str, key: str) -> str:
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
