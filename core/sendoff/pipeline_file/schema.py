"""The JSON Schema of `sendoff.yaml`."""

from __future__ import annotations

from typing import Any

from sendoff.blueprint.schema import API_VERSION
from sendoff.event import PURPOSES

_PURPOSES = {"type": "array", "items": {"enum": list(PURPOSES)}}
_NAME = "^[a-z][a-z0-9_-]{0,63}$"
PERSONAL_CLASSES = ("email", "phone", "name", "address", "ip")


def _text(description: str, hint: str) -> dict[str, Any]:
    return {"type": "string", "description": description, "x-hint": hint}


_ROUTE: dict[str, Any] = {
    "type": "object",
    "required": ["destination", "blueprint"],
    "additionalProperties": False,
    "properties": {
        "destination": {"type": "string", "description": "The name of a destination plugin"},
        "blueprint": {
            "type": "string",
            "description": "A preset (`freshdesk/default`, `freshdesk/default@1`), or the path of "
            "a file (`./mine.yaml`)",
        },
        "with": {"type": "object", "description": "The blueprint's parameters"},
        "settings": {"type": "object", "description": "The destination's settings"},
        "consent": {**_PURPOSES, "description": "Purposes demanded beside the blueprint's"},
        "limits": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "rate": _text("Requests per time, as in 50/min", "write `rate: 50/min`"),
                "concurrency": {"type": "integer", "minimum": 1, "maximum": 100},
                "timeout": _text("For one request, as in 10s", "write a unit, as in 10s"),
                "deadline": _text("For one attempt in all, as in 10m", "write a unit, as in 10m"),
                "reserve": {
                    "type": "number",
                    "minimum": 0,
                    "maximum": 0.9,
                    "description": "Share of the account's quota left to others",
                    "x-hint": "write a share from 0 to 0.9, such as 0.2",
                },
            },
        },
        "retry": {
            "type": "object",
            "additionalProperties": False,
            "description": "Given up when both are spent",
            "properties": {
                "attempts": {"type": "integer", "minimum": 1, "maximum": 1000},
                "within": _text("As in 24h", "write a unit, as in 24h"),
            },
        },
        "batch": {
            "type": "object",
            "additionalProperties": False,
            "description": "What goes in one request; the destination sets the most",
            "properties": {
                "max_events": {"type": "integer", "minimum": 1},
                "max_bytes": _text("Before compression, as in 500KB", "write a unit, as in 500KB"),
                "max_wait": _text(
                    "For others to join, at most 60s, as in 2s", "write a unit, as in 2s"
                ),
            },
        },
        "enabled": {"type": "boolean"},
    },
}

PIPELINE_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "sendoff pipeline",
    "type": "object",
    "required": ["apiVersion", "kind", "name", "routes"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": API_VERSION},
        "kind": {"const": "Pipeline"},
        "name": {"type": "string", "minLength": 1},
        "routes": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {
                "pattern": _NAME,
                "description": "Small letters, digits, `-` and `_`, a letter first",
            },
            "additionalProperties": _ROUTE,
        },
        "consent": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "map": {"type": "object", "additionalProperties": {"enum": list(PURPOSES)}},
                "missing": {"enum": ["deny", "allow"]},
            },
        },
        "store": {
            "type": "string",
            "description": "Where events live: `memory`, or the file of `sqlite:./sendoff.db` as "
            "seen from the folder of this file",
        },
        "events": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"keep": _text("As in 7d", "write a unit, as in 7d")},
        },
        "redact": {"type": "array", "items": {"enum": list(PERSONAL_CLASSES)}},
        "server": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "listen": _text("Host and port, as in 127.0.0.1:8080", "write `127.0.0.1:8080`"),
                "write_keys": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Who may send",
                },
                "signing_secret": {
                    "type": "string",
                    "description": "Of Datafly's signed requests to /v1/events",
                },
                "hosts": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Names that a proxy on this machine passes on",
                },
                "connections_per_address": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "Connections that one client may hold open",
                },
            },
        },
        "debugger": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "listen": _text("Host and port, as in 127.0.0.1:8081", "write `127.0.0.1:8081`")
            },
        },
    },
}
