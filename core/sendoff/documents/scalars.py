"""Plain scalars: what YAML 1.2 reads in them, and which of them are a trap.

A trap is a scalar that YAML 1.1 and YAML 1.2 read differently, or a number that loses something
it was written with. YAML 1.1 is PyYAML's reading, with the `y` and `n` of the 1.1 type
repository; YAML 1.2 is the core schema, section 10.3.2 of its specification.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from yaml import ScalarNode
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from sendoff.documents.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable

Scalar = str | int | float | bool | None

_CORE = re.compile(
    r"""(?P<null>~|null|Null|NULL|)
      | (?P<true>true|True|TRUE)
      | (?P<false>false|False|FALSE)
      | (?P<decimal>[-+]?[0-9]+)
      | (?P<octal>0o[0-7]+)
      | (?P<hexadecimal>0x[0-9a-fA-F]+)
      | (?P<float>[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)
      | (?P<special>[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))""",
    re.VERBOSE,
)
_BASES = {"decimal": 10, "octal": 8, "hexadecimal": 16}
# What does not match is text in both versions.
_SUSPECT = re.compile(r"[-+.0-9~=<]|(?:y|n|yes|no|on|off|true|false|null)$", re.IGNORECASE)
# What needs no second look; here for speed alone.
_ORDINARY = re.compile(r"0|-?[1-9][0-9]{0,17}|true|false|null")
_WORDS_11 = {"timestamp": "a date", "merge": "a merge key", "value": "a default", "null": "null"}
_LETTERS_11 = {"y": "true", "Y": "true", "n": "false", "N": "false"}
# A number without a sign, zero or point that would be lost.
_TIDY = re.compile(r"-?(0|[1-9][0-9]*)?(\.(0|[0-9]*[1-9])?)?([eE][-+]?[0-9]+)?")
# Room for every number of 64 bits; Python refuses or is slow on numbers of very many digits.
_LONGEST = 40


def plain_value(text: str) -> Scalar:
    """What YAML 1.2 reads in a plain scalar; exact for every scalar that is no trap."""
    match _kind(text):
        case "null":
            return None
        case "true" | "false" as word:
            return word == "true"
        case "decimal" | "octal" | "hexadecimal" as kind if len(text) <= _LONGEST:
            return int(text.removeprefix("0o"), _BASES[kind])
        case "float":
            return float(text)
        case "special":
            return float(text.replace(".", ""))
    return text


def trap(text: str) -> str | None:
    """What is wrong with writing `text` without quotes, or None when nothing is."""
    if not _SUSPECT.match(text) or _ORDINARY.fullmatch(text):
        return None
    old, new = _read_by_11(text), _read_by_12(text)
    if old != new:
        return f"`{excerpt(text)}` is read as {old} by YAML 1.1 and as {new} by YAML 1.2"
    value = plain_value(text)
    if isinstance(value, float):
        return _float_trap(text, value)
    kind = _kind(text)
    if kind in _BASES and (not isinstance(value, int) or not -(2**63) <= value < 2**64):
        return f"`{excerpt(text)}` is a number of more than 64 bits"
    if kind == "decimal" and str(value) != text:
        return f"`{text}` is read as the number {value}"
    return None


def _float_trap(text: str, value: float) -> str | None:
    if not math.isfinite(value):
        return f"`{excerpt(text)}` is no number that JSON can hold"
    if not _TIDY.fullmatch(text) or _digits(text) != _digits(repr(value)):
        return f"`{excerpt(text)}` is read as the number {value!r}"
    return None


def _digits(number: str) -> str:
    """The digits that carry the value: two writings of one float have the same."""
    mantissa = number.lower().partition("e")[0]
    return mantissa.replace(".", "").lstrip("-+0").rstrip("0")


def _kind(text: str) -> str | None:
    match = _CORE.fullmatch(text)
    return match.lastgroup if match else None


def _read_by_12(text: str) -> str:
    kind = _kind(text)
    if kind in ("null", "true", "false"):
        return kind
    if kind is None:
        return "text"
    return repr(plain_value(text)) if len(text) <= _LONGEST else "a number"


def _read_by_11(text: str) -> str:
    tag: str = Resolver().resolve(ScalarNode, text, (True, False)).rpartition(":")[2]  # type: ignore[no-untyped-call]
    node = ScalarNode(tag, text)
    if tag == "bool":
        return str(SafeConstructor().construct_yaml_bool(node)).lower()
    if tag == "int":
        return _number_by_11(SafeConstructor().construct_yaml_int, node)
    if tag == "float":
        return _number_by_11(SafeConstructor().construct_yaml_float, node)
    return _WORDS_11.get(tag) or _LETTERS_11.get(text, "text")


def _number_by_11(construct: Callable[[ScalarNode], float], node: ScalarNode) -> str:
    if len(node.value) > _LONGEST:
        return "a number"
    try:
        return repr(construct(node))
    except ValueError:  # PyYAML resolves `0b_` to an integer and cannot construct it
        return "a number"
