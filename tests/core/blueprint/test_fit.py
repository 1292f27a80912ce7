from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.program import try_compile
from sendoff.destination import Action, Destination
from sendoff.documents import read_document

Problems = Callable[..., list[str]]


def of_fields(problems: Problems, fields: str, action: str = "upsert_contact") -> list[str]:
    """Of the lines of fields, without the column."""
    lines = "".join(f"  {line}\n" for line in fields.strip("\n").splitlines())
    text = f"fields:\n{lines}rules: [{{id: a, action: {action}}}]\n"
    return [line.partition(":")[2].partition(": ")[2] for line in problems(text)]


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("nam: event", "`upsert_contact` has no target `nam` (did you mean `name`?)"),
        ("custom_field.plan: event",
         "`upsert_contact` has no target `custom_field` (did you mean `custom_fields`?)"),
        ("address.cty: event",
         "`upsert_contact` has no target `address.cty` (did you mean `address.city`?)"),
        ("phone.home: event",
         "`phone` takes no object, so there is no target `phone.home` (map it itself)"),
        ("companies: {each: traits.c, fields: {id: item.id, titel: item.t}}",
         "`upsert_contact` has no target `companies[].titel` (did you mean `companies[].title`?)"),
        ("address: {object: {city: event, stret: event}}",
         "`upsert_contact` has no target `address.stret` (did you mean `address.street`?)"),
    ],
)  # fmt: skip
def test_a_target_that_does_not_exist(problems: Problems, field: str, problem: str) -> None:
    mended = field.replace("address.cty: event", "address.city: event\naddress.cty: event")
    assert of_fields(problems, f"name: event\n{mended}") == [problem]


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("vip: user_id", "`vip` takes true or false, and this gives text"),
        ("email: traits", "`email` takes text, and this gives an object"),
        ("email: {from: traits.x, do: [integer]}",
         "`email` takes text, and this gives a whole number"),
        ("tags: {from: user_id, do: [trim]}", "`tags` takes a list, and this gives text"),
        ("tags: {value: x}", "`tags` takes a list, and this gives text"),
        ("company_id: {value: x}", "`company_id` takes a whole number, and this gives text"),
        ("tags: {list: [consent.marketing]}",
         "`tags[0]` takes text, and this gives true or false"),
        ("tags: {each: traits.t, fields: {x: item}}",
         "`tags[]` takes no object, so there is no target `tags[].x` (give the list with `from` "
         "or `list`)"),
        ("companies: {each: traits.c, fields: {id: item.id, title: traits}}",
         "`companies[].title` takes text, and this gives an object"),
        ("custom_fields.plan: traits",
         "`custom_fields.plan` takes text, a number or true or false, and this gives an object"),
    ],
)  # fmt: skip
def test_a_type_that_cannot_fit(problems: Problems, field: str, problem: str) -> None:
    assert of_fields(problems, f"name: event\n{field}") == [problem]


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("name: {value: ''}", "`value` has no value (leave the field out)"),
        ("email: {value: nobody}", "`email` does not take this: `value` does not have the right "
         "form (it must match `^[^@ ]+@[^@ ]+$`)"),
        ("plan: {value: gold}",
         "`plan` does not take this: `value` cannot be `gold` (use one of: free, pro)"),
        ("plan: {from: traits.p, default: gold}",
         "`plan` does not take this: `default` cannot be `gold` (use one of: free, pro)"),
        ("vip: {from: traits.v, default: maybe}",
         "`vip` does not take this: `default` must be true or false, not text (write true or "
         "false)"),
        ("tags: {list: [{value: 5}]}",
         "`tags[0]` takes text, and this gives a whole number"),
        (f"tags: {{list: [event, {{value: {'x' * 33}}}]}}",
         "`tags[1]` does not take this: `value` is longer than 32 characters (shorten it)"),
        (f"phone: {{value: {'5x' * 128}}}", "`phone` does not take this: `value` is longer than "
         "255 characters (this takes 1 to 255 characters)"),
        ("company_id: {value: 1.5}", "`company_id` does not take this: `value` must be a whole "
         "number, not a number with decimals (write a whole number, without quotes)"),
        ("address: {value: {street: x}}",
         "`address` does not take this: `city` is missing (add `city: …`)"),
    ],
)  # fmt: skip
def test_a_constant_the_action_does_not_take(problems: Problems, field: str, problem: str) -> None:
    extra = "" if field.startswith("name") else "name: event\n"
    assert of_fields(problems, extra + field) == [problem]


@pytest.mark.parametrize(
    "field",
    [
        "company_id: {value: 1.0}",
        "score: {value: 1}",
        "plan: {value: pro}",
        "plan: {from: traits.plan, default: free}",
        "plan: {value: PRO, do: [lower]}",
        "custom_fields.anything: {value: true}",
        "custom_fields: traits",
        "address: {from: traits.address}",
        "companies: {from: traits.c}",
        "vip: {from: [traits.x, user_id]}",
        "address.city: event",
        "tags: {from: user_id, do: [{split: ','}]}",
    ],
)
def test_what_may_fit_is_left_to_the_event(problems: Problems, field: str) -> None:
    assert of_fields(problems, f"name: event\n{field}") == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ("email: event", ["1:1: `upsert_contact` requires `name`, and nothing maps it (add `name` "
                          "to `fields`)"]),
        ("name: event\naddress.street: event",
         ["`upsert_contact` requires `address.city`, and nothing maps it (map `address.city` "
          "too)"]),
        ("name: event\naddress: {object: {street: event}}",
         ["`upsert_contact` requires `address.city`, and nothing maps it (map `address.city` "
          "too)"]),
        ("name: event\ncompanies: {each: traits.c, fields: {title: item.t}}",
         ["`upsert_contact` requires `companies[].id`, and nothing maps it (map `companies[].id` "
          "too)"]),
    ],
)  # fmt: skip
def test_what_is_required_and_nothing_maps(
    problems: Problems, fields: str, found: list[str]
) -> None:
    assert of_fields(problems, fields) == [each.removeprefix("1:1: ") for each in found]


def test_what_is_missing_is_missing_at_the_rule(problems: Problems) -> None:
    text = "rules:\n  - id: a\n    action: note\n  - id: b\n    when: {type: page}\n"
    text = text.replace("action: note", "action: note\n    when: {type: track}")
    text += "    action: upsert_contact\n    fields: {address.street: event}\n"
    assert [line.partition(" (")[0] for line in problems(text)] == [
        "5:5: `upsert_contact` requires `name`, and nothing maps it",
        "8:14: `upsert_contact` requires `address.city`, and nothing maps it",
    ]


def test_a_schema_may_refer_to_its_definitions(desk: Destination) -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/short"}, "b": {"$ref": "#/properties/a"}},
        "$defs": {"short": {"type": "string", "maxLength": 2}},
    }

    class Own(type(desk)):  # type: ignore[misc]
        actions = {"own": Action("own", "Own", schema)}  # noqa: RUF012

    text = """\
apiVersion: sendoff/v1
kind: Blueprint
name: x
version: 1
destination: desk
rules: [{id: a, action: own, fields: {a: {value: long}, b: {value: long}}}]
"""
    blueprint = read_blueprint(read_document(text, ""))
    _, found = try_compile(blueprint, Own(), {}, {})
    assert [replace(each, fix="").message for each in found] == [
        "`a` does not take this: `value` is longer than 2 characters"
    ]
