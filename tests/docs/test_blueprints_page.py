from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.paths import ROOTS
from sendoff.blueprint.program import Program, compile_program
from sendoff.blueprint.schema import BLUEPRINT_SCHEMA, FIELD_KEYS
from sendoff.blueprint.transforms import Transform, builtin_transforms
from sendoff.destination import Action, Destination
from sendoff.documents import read_document
from sendoff.errors import ConfigurationError
from sendoff.event import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.destination import Connection
    from sendoff.http import Http

PAGE = "blueprints.md"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Anything(Destination):
    """Takes every payload."""

    name: ClassVar[str] = "anything"
    title: ClassVar[str] = "Anything"
    settings: ClassVar[Mapping[str, Any]] = {}
    actions: ClassVar[Mapping[str, Action]] = {"take": Action("take", "", {"type": "object"})}

    def account(self, settings: Mapping[str, Any]) -> str:
        return ""

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        raise NotImplementedError


def program(fields: str, when: str = "{}") -> Program:
    rule = "- {id: r, action: take}" if when == "{}" else f"- {{id: r, action: take, when: {when}}}"
    text = (
        "apiVersion: sendoff/v1\nkind: Blueprint\nname: page\nversion: 1\ndestination: anything\n"
        f"{fields}\nrules:\n  {rule}\n"
    )
    blueprint = read_blueprint(read_document(text, "page.yaml"))
    return compile_program(blueprint, Anything(), builtin_transforms(), {})


def payload(page: Any, fields: str) -> dict[str, Any]:
    made = program(fields).rules[0].run(event(page), None)
    return made or {}


def event(page: Any) -> Event:
    return Event.from_message(page.blocks("json")[0], received_at=NOW)


def code(cell: str) -> str:
    return cell.strip("`")


def test_every_path_finds_what_the_page_says(page: Any) -> None:
    rows = page.table("path", "finds")
    assert rows
    for path, finds in rows:
        found = payload(page, f"fields: {{it: '{code(path)}'}}").get("it")
        assert (found is None) if finds == "nothing" else (found == json.loads(code(finds))), path


def test_every_root_is_named(page: Any) -> None:
    named = set(re.findall(r"`(\w+)`", page.section("Paths").text))
    assert named >= ROOTS


def test_every_field_gives_what_stands_behind_its_arrow(page: Any) -> None:
    fragment = page.section("Fields").blocks("yaml")[0]
    made = payload(page, fragment)
    promised = re.findall(r"^  (\w+):.* # → (.+)$", fragment, re.MULTILINE)
    assert len(promised) == fragment.count("# →") > 10
    expected = {name: json.loads(given) for name, given in promised if given != "nothing"}
    assert made == expected


def test_the_keys_of_documents_and_fields_are_all_there(page: Any) -> None:
    documented = {code(row[0]): row[2] == "required" for row in page.table("key", "what it is")}
    assert documented == {
        key: key in BLUEPRINT_SCHEMA["required"] for key in BLUEPRINT_SCHEMA["properties"]
    }
    assert {code(row[0]) for row in page.table("key", "what it does")} == FIELD_KEYS


def test_every_condition_holds_where_the_page_says(page: Any) -> None:
    rows = page.table("test", "holds here")
    assert {said for _test, said in rows} == {"yes", "no"}
    for test, said in rows:
        held = program("fields: {}", when=code(test)).choose(event(page)) is not None
        assert held is (said == "yes"), test


def test_every_condition_with_a_parameter_holds_where_the_page_says(page: Any) -> None:
    parameters = page.section("Conditions").blocks("yaml")[0]
    rows = page.table("test with a parameter", "holds here")
    assert {said for _test, said in rows} == {"yes", "no"}
    for test, said in rows:
        held = program(parameters, when=code(test)).choose(event(page)) is not None
        assert held is (said == "yes"), test


def test_the_table_of_transforms_is_made_of_their_definitions(page: Any) -> None:
    expected = [_row(transform) for transform in builtin_transforms().values()]
    lines = page.section("Transforms").text.splitlines()
    assert [line for line in lines if line.startswith("| `")] == expected


@pytest.mark.parametrize("column", [0, 1])
def test_what_must_be_quoted_is_refused_bare_and_read_in_quotes(page: Any, column: int) -> None:
    rows = page.table("not this", "but this")
    assert len(rows) > 5
    for row in rows:
        if column == 0:
            with pytest.raises(ConfigurationError):
                read_document(code(row[0]), "page.yaml")
        else:
            assert read_document(code(row[1]), "page.yaml").value


def _row(transform: Transform) -> str:
    example = transform.examples[0]
    written = transform.name
    if example.parameters is not None:
        written = f"{{{transform.name}: {_shown(example.parameters)}}}"
    gives = f"`{_shown(example.value)}` → `{_shown(example.result)}`"
    summary = transform.summary.removesuffix(".")
    return f"| `{transform.name}` | {summary} | {_parameters(transform)} | `{written}`: {gives} |"


def _parameters(transform: Transform) -> str:
    schema = transform.parameters
    if schema is None:
        return ""
    properties = schema.get("properties", {})
    if not properties:
        return str(schema["description"])
    return "<br>".join(f"`{name}`: {each['description']}" for name, each in properties.items())


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
