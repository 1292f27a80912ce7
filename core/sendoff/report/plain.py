"""Text and values on one line, with every character that would be obeyed made visible."""

from __future__ import annotations

from typing import Any

import msgspec


def plain(text: str) -> str:
    """The text on one line: what a terminal would obey, or would turn around, is spelled out."""
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def compact(value: Any) -> str:
    """A JSON-able value on one line, likewise."""
    return plain(msgspec.json.encode(value).decode())


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode()
