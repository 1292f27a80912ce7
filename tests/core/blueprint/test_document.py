from __future__ import annotations

import pytest

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.schema import BLUEPRINT_SCHEMA
from sendoff.documents import read_document

TEXT = """\
apiVersion: sendoff/v1
kind: Blueprint
name: desk/mine
version: 3
destination: desk
description: What it is for.
parameters: {region: {type: string, default: GB}}
rules: [{id: a, action: note}]
examples: [{name: one, event: {type: page}, expect: {rule: a}}]
"""


def problems(text: str) -> list[str]:
    document = read_document(text, "f", strict=False)
    return [str(problem) for problem in read_blueprint(document).problems]


def test_a_blueprint_has_its_parts_by_name() -> None:
    blueprint = read_blueprint(read_document(TEXT, "f"))
    assert blueprint.problems == ()
    assert (blueprint.name, blueprint.version) == ("desk/mine", 3)
    assert (blueprint.destination, blueprint.description) == ("desk", "What it is for.")
    assert blueprint.parameters == {"region": {"type": "string", "default": "GB"}}
    assert [example["name"] for example in blueprint.examples] == ["one"]


def test_the_hash_is_of_the_content_alone() -> None:
    def hashed(text: str) -> str:
        return read_blueprint(read_document(text, "f")).hash

    assert len(hashed(TEXT)) == 64
    lines = TEXT.splitlines(keepends=True)
    assert hashed("# A comment.\n" + "".join(reversed(lines))) == hashed(TEXT)
    assert hashed(TEXT.replace("desk/mine", '"desk/mine"')) == hashed(TEXT)
    assert hashed(TEXT.replace("version: 3", "version: 4")) != hashed(TEXT)


def test_an_empty_mapping_lacks_all_that_is_required() -> None:
    assert [line.partition(": ")[2] for line in problems("{}")] == [
        "`apiVersion` is missing (add `apiVersion: sendoff/v1`)",
        "`destination` is missing (add `destination: …`)",
        "`kind` is missing (add `kind: Blueprint`)",
        "`name` is missing (add `name: …`)",
        "`rules` is missing (add `rules: …`)",
        "`version` is missing (add `version: …`)",
    ]
    blueprint = read_blueprint(read_document("{}", "f"))
    assert (blueprint.name, blueprint.version, blueprint.destination) == ("", 0, "")
    assert (blueprint.parameters, blueprint.examples) == ({}, [])


@pytest.mark.parametrize(
    ("line", "instead", "problem"),
    [
        ("apiVersion: sendoff/v1", "apiVersion: sendoff/v2",
         "f:1:1: `apiVersion` must be `sendoff/v1` (write `sendoff/v1`)"),
        ("kind: Blueprint", "kind: Pipeline", "f:2:1: `kind` must be `Blueprint` (write "
         "`Blueprint`)"),
        ("name: desk/mine", "name: Desk Mine", "f:3:1: `name` does not have the right form (Small "
         "letters, digits, `-`, `_`, `.` and `/`, such as `freshdesk/mine`)"),
        ("version: 3", "version: 0", "f:4:1: `version` must be at least 1 (raise it)"),
        ("version: 3", 'version: "3"', "f:4:1: `version` must be a whole number, not text (write "
         "a whole number, without quotes)"),
        ("version: 3", "version: true", "f:4:1: `version` must be a whole number, not true (write "
         "a whole number, without quotes)"),
        ("destination: desk", "destination: [desk]", "f:5:1: `destination` must be text, not a "
         "list (write text)"),
        ("description:", "descripton:", "f:6:1: unknown key `descripton` (did you mean "
         "`description`?)"),
        ("id: a,", "id: 1a,", "f:8:10: `id` does not have the right form (A stable name: letters, "
         "digits, `_` and `-`, a letter first)"),
        ("parameters: {region", "parameters: {Region", "f:7:14: the key `Region` does not have the "
         "right form (Small letters, digits and `_`, a letter first)"),
        ("expect: {rule: a}", "expect: {}", "f:9:45: `expect` is empty (fill it in, or remove "
         "it)"),
        ("kind:", "extends: x\nkind:", "f:2:1: `extends` is reserved for a later version (leave it "
         "out)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_its_structure(line: str, instead: str, problem: str) -> None:
    assert problems(TEXT.replace(line, instead)) == [problem]


def test_the_mistakes_of_yaml_come_with_those_of_structure() -> None:
    text = TEXT.replace("version: 3", "version: 010").replace("desk/mine", "NO")
    assert problems(text) == [
        'f:3:7: `NO` is read as false by YAML 1.1 and as text by YAML 1.2 (quote it: "NO")',
        'f:4:10: `010` is read as 8 by YAML 1.1 and as 10 by YAML 1.2 (quote it: "010")',
        "f:3:1: `name` does not have the right form (Small letters, digits, `-`, `_`, `.` and "
        "`/`, such as `freshdesk/mine`)",
        "f:4:1: `version` must be a whole number, not text (write a whole number, without quotes)",
    ]


def test_every_key_of_the_schema_is_told_about_where_it_is_not_plain() -> None:
    keys = BLUEPRINT_SCHEMA["$defs"]["field"]["properties"]
    telling = {name for name, schema in keys.items() if "description" in schema or "$ref" in schema}
    assert telling == set(keys)
