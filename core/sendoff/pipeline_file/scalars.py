"""Values as YAML text that every reader takes for the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:/[A-Za-z0-9_-]+)*(?:@[0-9]+)?")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What some reader of YAML takes for something else than text."""


def block(content: Mapping[str, Any], indent: str) -> Iterator[str]:
    """The lines of a mapping of JSON-able values, each after `indent`, without line ends."""
    for key, value in content.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{scalar(key)}:"
            yield from block(value, f"{indent}  ")
        else:
            yield f"{indent}{scalar(key)}: {flow(value)}"


def flow(value: Any) -> str:
    """A JSON-able value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value) if isinstance(value, str) else json.dumps(value)


def scalar(text: str) -> str:
    """A text, quoted unless it is surely one without."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    # What cannot be printed may not stand in a document, but as an escape.
    return json.dumps(text, ensure_ascii=not text.isprintable())
