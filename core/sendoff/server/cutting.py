"""Cuts JSON into its parts without reading them, so that one bad part costs no other.

A part may be what no parser takes: `NaN`, half an emoji, two thousand lists in each other. Strings
and brackets alone say where it ends.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENED: Final = {ord("{"): ord("}"), ord("["): ord("]")}
_COMMA: Final = ord(",")
_STRING: Final = rb'"(?:[^"\\]|\\.)*+"'
# What lies before the next character that counts: within the level that is cut, commas do.
_AT_TOP: Final = re.compile(rb'(?:[^"\[\]{},]|' + _STRING + rb")*+", re.DOTALL)
_BELOW: Final = re.compile(rb'(?:[^"\[\]{}]|' + _STRING + rb")*+", re.DOTALL)
_MEMBER: Final = re.compile(rb"\s*(" + _STRING + rb")\s*:\s*(.+)", re.DOTALL)
NOT_PLAIN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for what is not JSON to the letter."""

_decode_object: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

Members = dict[str, bytes]
"""The values of an object by their keys, as they were written; of equal keys the last."""


def members_of(text: bytes) -> Members | None:
    """The members of an object; None where it is none."""
    try:
        return decoded_members(text)
    except NOT_PLAIN:
        return _cut_members(text)


def decoded_members(text: bytes) -> Members:
    """The members of an object that is JSON to the letter; raises one of NOT_PLAIN for others."""
    return {key: bytes(value) for key, value in _decode_object(text).items()}


def items_of(text: bytes, most: int = sys.maxsize) -> list[bytes] | None:
    """The items of a list, of many no more than `most` and one; None where it is none."""
    return _cut(text.strip(), b"[", b"]", most)


def object_of(members: Members) -> bytes:
    """The object that has these members."""
    return b"{%b}" % b",".join(
        b"%b:%b" % (json.dumps(key).encode(), value) for key, value in members.items()
    )


def _cut_members(text: bytes) -> Members | None:
    parts = _cut(text.strip(), b"{", b"}")
    if parts is None:
        return None
    members: Members = {}
    for part in parts:
        member = _MEMBER.fullmatch(part)
        key = _key(member[1]) if member else None
        if member is None or not isinstance(key, str):
            return None
        members[key] = member[2].rstrip()
    return members


def _key(literal: bytes) -> Any:
    try:
        return json.loads(literal)
    except ValueError:
        return None


def _cut(text: bytes, opens: bytes, closes: bytes, most: int = sys.maxsize) -> list[bytes] | None:
    """The parts between the commas of the outermost level; None where brackets do not match."""
    if not (text.startswith(opens) and text.endswith(closes)) or len(text) < len(opens + closes):
        return None
    parts: list[bytes] = []
    start = 1
    expected = [text[-1]]
    for at, character in _characters_that_count(text, expected):
        if expected and character in _OPENED:
            expected.append(_OPENED[character])
        elif expected and character == _COMMA:
            parts.append(text[start:at].strip())
            start = at + 1
            if len(parts) > most:
                return parts
        # Something follows the end, or it is another bracket, or a string without an end.
        elif not expected or character != expected.pop():
            return None
    if expected:
        return None
    last = text[start:-1].strip()
    return [*parts, last] if parts or last else []


def _characters_that_count(text: bytes, expected: list[int]) -> Iterator[tuple[int, int]]:
    """Brackets, and the commas of the outermost level, with their places.

    `expected` are the brackets that are yet to come. What follows the last of them counts as well:
    nothing may.
    """
    at = 1
    while at < len(text):
        found = (_BELOW if len(expected) > 1 else _AT_TOP).match(text, at)
        at = found.end() if found and expected else at
        if at < len(text):
            yield at, text[at]
        at += 1
