"""Transforms of one text into another."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from sendoff.blueprint.transforms.definition import Example, Transform, TransformError, unfit

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.blueprint.transforms.definition import JsonType

_TEXT: frozenset[JsonType] = frozenset(("text",))

# Letters, digits and the combining marks of decomposed letters. What follows an apostrophe is part
# of the word when it is short ("don't", "they're") and a word of its own else ("O'Neil").
_LETTER = r"(?:[^\W_]|[\u0300-\u036f])"
_WORD = re.compile(rf"{_LETTER}+(?:['\u2019]{_LETTER}{{1,2}}(?!{_LETTER}))*")


# The three hot ones are written out: a shared wrapper would double the cost of a call.
def _build_trim(_parameters: None) -> Callable[[Any], str]:
    def trim(value: Any) -> str:
        if type(value) is str:
            return value.strip()
        raise unfit(value, "text")

    return trim


def _build_lower(_parameters: None) -> Callable[[Any], str]:
    def lower(value: Any) -> str:
        if type(value) is str:
            return value.lower()
        raise unfit(value, "text")

    return lower


def _build_upper(_parameters: None) -> Callable[[Any], str]:
    def upper(value: Any) -> str:
        if type(value) is str:
            return value.upper()
        raise unfit(value, "text")

    return upper


def _build_title(_parameters: None) -> Callable[[Any], str]:
    def title(value: Any) -> str:
        if type(value) is str:
            return _WORD.sub(lambda word: word[0].capitalize(), value)
        raise unfit(value, "text")

    return title


def _build_sha256(_parameters: None) -> Callable[[Any], str]:
    def sha256(value: Any) -> str:
        if type(value) is not str:
            raise unfit(value, "text")
        try:
            return hashlib.sha256(value.encode()).hexdigest()
        except UnicodeEncodeError:
            raise TransformError("is text that UTF-8 cannot write (a lone surrogate)") from None

    return sha256


TRIM = Transform(
    name="trim",
    summary="Text without the white space around it.",
    accepts=_TEXT,
    returns=_TEXT,
    parameters=None,
    build=_build_trim,
    bare=True,
    on_text=str.strip,
    examples=(
        Example("  John Doe\n", "John Doe"),
        Example("\u00a0\u3000x\u2003", "x"),
        Example("   ", ""),
        Example(["x"], error="takes text, not a list"),
    ),
)

LOWER = Transform(
    name="lower",
    summary="Text in lower case.",
    accepts=_TEXT,
    returns=_TEXT,
    parameters=None,
    build=_build_lower,
    bare=True,
    on_text=str.lower,
    examples=(Example("John@Example.COM", "john@example.com"), Example("ÅSA", "åsa")),
)

UPPER = Transform(
    name="upper",
    summary="Text in upper case.",
    accepts=_TEXT,
    returns=_TEXT,
    parameters=None,
    build=_build_upper,
    bare=True,
    on_text=str.upper,
    examples=(Example("gb", "GB"), Example("straße", "STRASSE")),
)

TITLE = Transform(
    name="title",
    summary="Text with each word's first letter in upper case and the rest in lower case.",
    accepts=_TEXT,
    returns=_TEXT,
    parameters=None,
    build=_build_title,
    bare=True,
    examples=(
        Example("john DOE", "John Doe"),
        Example("anne-marie o'neil", "Anne-Marie O'Neil"),
        Example("they don't, 2nd time", "They Don't, 2nd Time"),
    ),
)

SHA256 = Transform(
    name="sha256",
    summary="The SHA-256 of the text's UTF-8 bytes, as 64 lower-case hexadecimal digits.",
    accepts=_TEXT,
    returns=_TEXT,
    parameters=None,
    build=_build_sha256,
    bare=True,
    examples=(
        Example("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        Example("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        Example(7, error="takes text, not a whole number"),
    ),
)
