"""Targets: where in the payload a field goes, and what the action's schema says about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Target = tuple[str, ...]

_STEP = re.compile(r'(?:"((?:[^"\\]|\\["\\])+)"|([^\s."]+))(\.(?=.)|$)')
_PLAIN = re.compile(r'[^\s."]+')
_DEEPEST = 32
_TYPES = {
    "string": {"text"},
    "integer": {"integer"},
    "number": {"number", "integer"},
    "boolean": {"boolean"},
    "array": {"list"},
    "object": {"object"},
}


def parse(text: str) -> Target | None:
    """The steps a target spells (`custom_fields."plan name"`); None when it spells none."""
    steps: list[str] = []
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None or len(steps) == _DEEPEST:
            return None
        quoted, plain, _dot = step.groups()
        steps.append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = step.end()
    return tuple(steps) or None


def spelled(target: Target) -> str:
    """The target as people write it: a step that holds a dot or a space stands in quotes."""
    return ".".join(step if _PLAIN.fullmatch(step) else _quoted(step) for step in target)


def member(schema: Any, step: str) -> Mapping[str, Any] | None:
    """The schema of one key of an object's schema; None when there can be no such key."""
    if not isinstance(schema, dict):
        return {}
    found: Any = _declared(schema, step)
    if found is False:
        return None
    return found if isinstance(found, dict) else {}


def kinds(schema: Mapping[str, Any]) -> frozenset[str] | None:
    """The JSON types a schema takes, in the words of blueprints; None when it does not say."""
    if "const" in schema or "enum" in schema:
        return None
    declared = _listed(schema)
    return frozenset(kind for name in declared for kind in _TYPES.get(name, ())) or None


def _declared(schema: Mapping[str, Any], step: str) -> Any:
    """What an object's schema says of a key: a schema, or whether there may be one."""
    if step in schema.get("properties", {}):
        return schema["properties"][step]
    for pattern, inner in schema.get("patternProperties", {}).items():
        if re.search(pattern, step):
            return inner
    types = _listed(schema)
    return schema.get("additionalProperties", True) if not types or "object" in types else False


def _listed(schema: Mapping[str, Any]) -> list[str]:
    declared = schema.get("type", [])
    return [declared] if isinstance(declared, str) else list(declared)


def _quoted(step: str) -> str:
    escaped = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
