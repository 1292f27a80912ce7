"""The JSON Schema of a blueprint document: what an editor checks while one is written.

It says what stands where. What needs the destination at hand (targets, types, paths, transforms)
is judged when the document is compiled.
"""

from __future__ import annotations

from typing import Any, get_args

from sendoff.destination import WritePolicy
from sendoff.event import PURPOSES

API_VERSION = "sendoff/v1"

_WHEN = {"$ref": "#/$defs/when"}
_CONDITIONS = {
    "type": "array",
    "minItems": 1,
    "items": _WHEN,
    "x-hint": "write `- path: test` lines below it",
}
_TESTS: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "description": "Paths, and the test each must pass",
    "x-hint": "write `path: test` lines below it",
    "properties": {"all": _CONDITIONS, "any": _CONDITIONS, "not": _WHEN},
    "additionalProperties": {
        "description": "A value, a list of values, `{param: NAME}` for those of a parameter, or "
        "operators such as `{exists: true}`"
    },
}
_FIELDS: dict[str, Any] = {
    "type": "object",
    "description": "Targets in the payload, and where each gets its value",
    "additionalProperties": {"$ref": "#/$defs/field"},
}
_FIELD: dict[str, Any] = {
    "type": ["string", "object", "null"],
    "description": "A path, or a mapping with exactly one source",
    "additionalProperties": False,
    "dependentRequired": {"each": ["fields"], "fields": ["each"]},
    "properties": {
        "from": {
            "type": ["string", "array"],
            "description": "A path, or a list of paths of which the first with a value counts",
            "items": {"type": "string"},
            "minItems": 1,
        },
        "value": {"description": "A constant"},
        "list": {
            "type": "array",
            "description": "A list with one element for each field that has a value",
            "items": {"$ref": "#/$defs/field"},
            "minItems": 1,
        },
        "each": {
            "type": "string",
            "description": "The path of a list; `fields` map its elements, as `item`",
        },
        "fields": {"$ref": "#/$defs/fields"},
        "object": {"$ref": "#/$defs/fields"},
        "template": {"type": "string", "description": "Text with {{path}} in it"},
        "do": {
            "type": "array",
            "description": "Transforms, in order",
            "items": {
                "type": ["string", "object"],
                "minProperties": 1,
                "maxProperties": 1,
                "x-hint": 'write one transform an item: `- trim`, or `- split: ","`',
            },
            "x-hint": "write `- trim` lines below it, or `[trim, lower]`",
        },
        "default": {"description": "Taken as it is where there is no value"},
        "when": _WHEN,
        "required": {
            "type": "boolean",
            "description": "Without a value, the event is dead",
            "x-hint": "write true or false",
        },
        "on_error": {
            "enum": ["fail", "omit"],
            "description": "What a failing transform does: the event is dead, or the field is "
            "left out",
        },
        "write": {
            "enum": list(get_args(WritePolicy)),
            "description": "How an update treats what the destination has already",
        },
    },
}

FIELD_KEYS = frozenset(_FIELD["properties"])
"""The keys a field may have."""

_PURPOSES = {"type": "array", "minItems": 1, "items": {"enum": list(PURPOSES)}}
_REQUIRE = {
    "type": "object",
    "description": "Judged before any rule: an event that fails is dropped",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "identity": {
            "type": "object",
            "description": "Paths that must have a value, else the event is anonymous",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {
                "any": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                "all": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            },
        },
        "consent": {
            "type": "object",
            "description": "Purposes that must be granted, else the event has no consent",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {"any": _PURPOSES, "all": _PURPOSES},
        },
    },
}
_RULE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "action"],
    "additionalProperties": False,
    "properties": {
        "id": {
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$",
            "description": "A stable name: letters, digits, `_` and `-`, a letter first",
        },
        "description": {"type": "string"},
        "when": _WHEN,
        "action": {"type": "string", "description": "What the destination does with the payload"},
        "fields": {"$ref": "#/$defs/fields"},
    },
}

RULE_KEYS = frozenset(_RULE["properties"])
"""The keys a rule may have."""

_EXAMPLE = {
    "type": "object",
    "required": ["name", "event", "expect"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "with": {"type": "object", "description": "Parameters of this example"},
        "event": {"type": "object", "description": "The event as a source would send it"},
        "expect": {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {
                "rule": {"type": "string"},
                "action": {"type": "string"},
                "payload": {"type": "object"},
                "drop": {"type": "string"},
                "dead": {"type": "string"},
            },
        },
    },
}

BLUEPRINT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "sendoff blueprint",
    "type": "object",
    "required": ["apiVersion", "kind", "name", "version", "destination", "rules"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": API_VERSION},
        "kind": {"const": "Blueprint"},
        "name": {
            "type": "string",
            "pattern": "^[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)*$",
            "description": "Small letters, digits, `-`, `_`, `.` and `/`, such as `freshdesk/mine`",
        },
        "version": {"type": "integer", "minimum": 1},
        "destination": {"type": "string"},
        "description": {"type": "string"},
        "parameters": {
            "type": "object",
            "description": "What a route may fill under `with`: a JSON Schema each, plus `default`",
            "propertyNames": {
                "pattern": "^[a-z][a-z0-9_]*$",
                "description": "Small letters, digits and `_`, a letter first",
            },
            "additionalProperties": {"type": "object"},
        },
        "require": _REQUIRE,
        "fields": {"$ref": "#/$defs/fields"},
        "rules": {"type": "array", "minItems": 1, "items": _RULE},
        "examples": {"type": "array", "items": _EXAMPLE},
        "extends": {"description": "Reserved"},
    },
    "$defs": {"field": _FIELD, "fields": _FIELDS, "when": _TESTS},
}
