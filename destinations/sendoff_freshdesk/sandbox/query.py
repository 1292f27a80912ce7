"""The query language of GET /search/contacts, such as `"active:true AND tag:'vip'"`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Values = Callable[[str], object]
    Matches = Callable[[Values], bool]

_LONGEST = 512
_DEEPEST = 50
_TOKEN = re.compile(
    r"""\s*(?:(?P<bracket>[()])
    | (?P<word>AND|OR)\b
    | (?P<field>\w+):(?P<relation>[<>]?)\s*
      (?:'(?P<quoted>[^']*)' | (?P<date>\d{4}-\d\d-\d\d) | (?P<plain>-?\w+)))\s*""",
    re.VERBOSE,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Malformed(Exception):  # noqa: N818 - what the query is
    """The query is not of the language; the text says why."""


def parse(text: str, types: Mapping[str, str]) -> Matches:
    """A test of a contact, given the value of each of its fields by name.

    `text` still has its double quotes around it. `types` names the fields that can be searched:
    string, integer, boolean or date. Raises `Malformed`.
    """
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':  # noqa: PLR2004 - two quotes
        raise Malformed("The query should be enclosed in double quotes")
    if len(text) - 2 > _LONGEST:
        raise Malformed(f"The query has more than {_LONGEST} characters")
    reader = _Reader(text[1:-1], types)
    matches = reader.alternatives()
    if reader.ahead is not None:
        raise Malformed(f"Unexpected {reader.ahead.group().strip()}")
    return matches


class _Reader:
    """A recursive descent over the tokens, with one of them in view."""

    def __init__(self, text: str, types: Mapping[str, str]) -> None:
        self._text = text
        self._types = types
        self._place = 0
        self._depth = 0
        self.ahead: re.Match[str] | None = None
        self._advance()

    def _advance(self) -> None:
        if not self._text[self._place :].strip():
            self.ahead = None
            return
        self.ahead = _TOKEN.match(self._text, self._place)
        if self.ahead is None:
            raise Malformed(f"Cannot read {self._text[self._place :]}")
        self._place = self.ahead.end()

    def _takes(self, token: str) -> bool:
        taken = self.ahead is not None and self.ahead.group().strip() == token
        if taken:
            self._advance()
        return taken

    def alternatives(self) -> Matches:
        tests = [self._conditions()]
        while self._takes("OR"):
            tests.append(self._conditions())
        return lambda values: any(test(values) for test in tests)

    def _conditions(self) -> Matches:
        tests = [self._condition()]
        while self._takes("AND"):
            tests.append(self._condition())
        return lambda values: all(test(values) for test in tests)

    def _condition(self) -> Matches:
        if self._takes("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise Malformed("The query is nested too deep")
            inner = self.alternatives()
            if not self._takes(")"):
                raise Malformed("A ) is missing")
            self._depth -= 1
            return inner
        token = self.ahead
        if token is None or token["field"] is None:
            raise Malformed("A condition such as field:value is missing")
        self._advance()
        return self._comparison(token)

    def _comparison(self, token: re.Match[str]) -> Matches:
        field, relation = token["field"], token["relation"]
        kind = self._types.get(field)
        if kind is None:
            raise Malformed(f"{field} cannot be searched")
        if relation and kind not in ("date", "integer"):
            raise Malformed(f"{field} takes no :{relation}")
        quoted = token["quoted"] if token["quoted"] is not None else token["date"]
        if token["plain"] == "null":
            return lambda values: values(field) in (None, [])
        wanted = _value(field, kind, quoted, token["plain"])
        return lambda values: _holds(kind, relation, values(field), wanted)


def _value(field: str, kind: str, quoted: str | None, plain: str | None) -> str | int | bool:
    """The value a condition asks for, of the type its field has."""
    if kind == "string" and quoted is not None:
        return quoted.casefold()
    if kind == "date" and quoted is not None and _DATE.fullmatch(quoted):
        return quoted
    if kind == "boolean" and plain in ("true", "false"):
        return plain == "true"
    if kind == "integer" and plain is not None and re.fullmatch(r"-?[0-9]+", plain):
        return int(plain)
    raise Malformed(f"{field} takes a {kind}")


def _holds(kind: str, relation: str, value: object, wanted: str | int | bool) -> bool:
    if isinstance(value, list):
        return any(_holds(kind, relation, each, wanted) for each in value)
    if value is None:
        return False
    if kind == "string":
        return str(value).casefold() == wanted
    if kind == "date":
        return _related(relation, str(value)[:10], str(wanted))
    if kind == "integer" and isinstance(value, int):
        return _related(relation, value, int(wanted))
    return value == wanted


def _related(relation: str, value: str | int, wanted: str | int) -> bool:
    """`:>` and `:<` include equality; both sides are of one type."""
    if relation == ">":
        return value >= wanted  # type: ignore[operator]
    return value <= wanted if relation == "<" else value == wanted  # type: ignore[operator]
