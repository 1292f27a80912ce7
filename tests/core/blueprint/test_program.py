from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.program import Program, compile_program, try_compile
from sendoff.blueprint.transforms import Transform
from sendoff.destination import Destination
from sendoff.documents import read_document
from sendoff.errors import ConfigurationError

Transforms = Mapping[str, Transform]

RICH = Path(__file__).with_name("rich.yaml").read_text(encoding="utf-8")
"""A blueprint with something of everything."""


def without_head(text: str) -> str:
    return text[text.index("parameters:") :]


def test_a_program_lists_what_it_reads_and_writes(program: Callable[..., Program]) -> None:
    compiled = program(without_head(RICH))
    reads = {str(path) for path in compiled.reads}
    assert reads >= {"user_id", "traits.email", "type", "event", "traits.vip", "params.plan"}
    assert {'custom_fields."the plan"', "tags", "companies", "whole"} <= compiled.targets


def test_a_broken_blueprint_raises_all_its_problems_in_the_order_of_the_file(
    desk: Destination, transforms: Transforms
) -> None:
    text = """\
apiVersion: sendoff/v1
kind: Blueprint
name: desk/test
version: 1
destination: desk
requir: {}
fields: {nam: traits.name, email: {from: traits.email, do: [trm]}}
rules:
  - id: a
    action: upsert_contact
  - id: a
    action: upsert_contct
"""
    blueprint = read_blueprint(read_document(text, "f"))
    with pytest.raises(ConfigurationError) as caught:
        compile_program(blueprint, desk, transforms, {})
    assert [str(each).partition(" (")[0] for each in caught.value.problems] == [
        "f:6:1: unknown key `requir`",
        "f:7:10: `upsert_contact` has no target `nam`",
        "f:7:61: there is no transform `trm`",
        "f:9:5: `upsert_contact` requires `name`, and nothing maps it",
        "f:11:5: line 9 has a rule `a` already",
        "f:11:5: this rule is never reached: `a`, in line 9, takes every event that it could take",
        "f:12:5: `desk` has no action `upsert_contct`",
    ]


def test_without_a_destination_all_else_is_judged(transforms: Transforms) -> None:
    text = RICH.replace("traits.tag,", "trait.tag,").replace("id: identified", "id: signed_up")
    blueprint = read_blueprint(read_document(text, "f"))
    _, found = try_compile(blueprint, None, transforms, {})
    assert [each.message for each in found] == [
        "`trait` is no part of an event",
        "line 20 has a rule `signed_up` already",
    ]


def test_a_condition_of_a_shared_field_is_told_of_once(
    problems: Callable[..., list[str]],
) -> None:
    text = """\
fields: {a: {from: event, when: {trait.x: 1}}}
rules:
  - {id: a, action: note, when: {type: page}}
  - {id: b, action: note, when: {type: track}}
  - {id: c, action: note}
"""
    assert problems(text) == ["1:34: `trait` is no part of an event (did you mean `traits`?)"]


def test_missing_ids_are_not_duplicates(problems: Callable[..., list[str]]) -> None:
    text = """\
rules:
  - {action: note, when: {type: page}}
  - {action: note}
"""
    assert problems(text) == [
        "2:5: `id` is missing (add `id: …`)",
        "3:5: `id` is missing (add `id: …`)",
    ]


def test_hundreds_of_rules_compile_in_a_bounded_time(program: Callable[..., Program]) -> None:
    rules = "".join(
        f"  - {{id: r{n}, action: note, when: {{event: Event {n}, traits.x: {{gt: {n}}}}}}}\n"
        for n in range(200)
    )
    assert len(program(f"rules:\n{rules}").rules) == 200
