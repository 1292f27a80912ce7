"""Fields of a form are made from a JSON Schema, and read back."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.debugger.form_fields import UNSET, Field, fields_of


def field(kind: str, **parts: Any) -> Field:
    return Field("settings.x", "x", "X", "", kind, **parts)


def test_required_fields_come_first() -> None:
    schema = {"required": ["b"], "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    assert [(each.name, each.required) for each in fields_of(schema, "settings")] == [
        ("settings.b", True), ("settings.a", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "text"), ({"type": "integer"}, "number"),
        ({"type": "number"}, "number"), ({"type": "boolean"}, "choice"),
        ({"enum": ["a", "b"]}, "choice"), ({"enum": ["a", 1]}, "yaml"),
        ({"type": "object"}, "yaml"), ({"type": "array"}, "yaml"), ({}, "yaml"),
        ({"type": ["string", "null"]}, "yaml"), ({"type": "string", "secret": True}, "secret"),
    ],
)  # fmt: skip
def test_the_kind_of_a_field_follows_its_schema(schema: dict[str, Any], kind: str) -> None:
    assert fields_of({"properties": {"x": schema}}, "settings")[0].kind == kind


def test_titles_defaults_and_parts_are_told() -> None:
    schema = {
        "properties": {
            "send_mail": {"type": "boolean", "default": True},
            "auth": {"type": "object", "properties": {"type": {}, "token": {}}},
        }
    }
    mail, auth = fields_of(schema, "settings")
    assert (mail.title, mail.choices, mail.default) == ("Send mail", ("true", "false"), "true")
    assert auth.form == "{type: …, token: …}"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  acme ", "acme"), ("text", "1", "1"), ("number", "5", 5), ("number", "0.5", 0.5),
        ("number", "many", "many"), ("choice", "eu", "eu"), ("choice", "true", True),
        ("yaml", "[a, 1]", ["a", 1]), ("yaml", "type: bearer\ntoken: ${env:X}",
                                       {"type": "bearer", "token": "${env:X}"}),
        ("text", " ", UNSET), ("yaml", "", UNSET), ("number", "", UNSET),
    ],
)  # fmt: skip
def test_what_was_written_is_read(kind: str, text: str, value: Any) -> None:
    assert field(kind).read(text) == value


@pytest.mark.parametrize("text", ["{a: ", "- a\n b: c", "a: 1\na: 2", "!tag x", "no"])
def test_yaml_that_cannot_be_read_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        field("yaml").read(text)
