"""Syntax errors in words for people: what is wrong, where, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yaml import MarkedYAMLError

from sendoff.documents.marks import marked
from sendoff.problems import Position, Problem

if TYPE_CHECKING:
    from yaml import YAMLError


@dataclass(frozen=True, slots=True)
class _Words:
    """Our words for what PyYAML says; `{1}` is the pattern's group and `{line}` where it began.

    PyYAML points at the place where it could not go on. `at_beginning` points at where the
    unfinished thing began, which is where the mistake is.
    """

    pattern: str
    message: str
    fix: str
    at_beginning: bool = False


# The first whose pattern is found in PyYAML's "context; problem" holds.
_VOCABULARY = (
    _Words(
        r"character '\\t' that cannot start",
        "a tab cannot stand here",
        "indent with spaces",
    ),
    _Words(
        r"character (.+) that cannot start",
        "text without quotes cannot begin with {1}",
        "put the text in quotes",
    ),
    _Words(
        r"simple key; could not find expected ':'",
        "this line has no `:`",
        "write `key: value`, or indent it as part of the text above",
        at_beginning=True,
    ),
    _Words(
        r"sequence entries are not allowed",
        "a list item cannot stand here",
        "begin the list on the line below its key",
    ),
    _Words(
        r"mapping (keys|values) are not allowed",
        "this makes a key where none can stand",
        "check the indentation, and put text that holds `: ` in quotes",
    ),
    _Words(
        r"quoted scalar; found unexpected (end of stream|document separator)",
        "this quote is never closed",
        "close it, or put text that holds a quote in the other kind of quotes",
        at_beginning=True,
    ),
    _Words(
        r"unknown escape character '(.+)'",
        r"`\{1}` is no escape in double quotes",
        r"write `\\` for a backslash, or use single quotes",
    ),
    _Words(
        r"expected escape sequence of (\d+) hexadecimal",
        "this escape needs {1} hexadecimal digits",
        r"write `\\` for a backslash, or use single quotes",
    ),
    _Words(
        r"a number beyond its range",
        "this number is out of range",
        "write the character itself",
    ),
    _Words(
        r"expected '<document start>'",
        "more follows where the document should end",
        "check the quotes, the brackets and the indentation before it",
    ),
    _Words(
        r"expected <block end>, but found '<(scalar|alias|anchor|tag)>'",
        "more follows where the value has ended",
        "check the quotes before it and the indentation",
    ),
    _Words(
        r"expected <block end>",
        "this does not line up with what began on line {line}",
        "indent it like the keys or items it belongs to",
    ),
    _Words(
        r"expected ',' or '(.)', but got '<stream end>'",
        "this bracket is never closed",
        "close it with `{1}`",
        at_beginning=True,
    ),
    _Words(
        r"expected ',' or '(.)'",
        "`,` or `{1}` is missing for the bracket of line {line}",
        "close the bracket, or put text that holds brackets in quotes",
    ),
    _Words(
        r"expected the node content, but found '<stream end>'",
        "the file ends inside a bracket",
        "close the bracket",
    ),
    _Words(
        r"expected the node content",
        "a value is missing here",
        "write one, or put text that begins with a sign in quotes",
    ),
    _Words(
        r"scanning an (alias|anchor)",
        "text without quotes cannot begin with `&` or `*`",
        "put the text in quotes",
        at_beginning=True,
    ),
    _Words(
        r"undefined tag handle|(scanning|parsing) a tag",
        "tags are refused",
        "remove the `!…`, or put text that begins with `!` in quotes",
    ),
    _Words(
        r"block scalar",
        "only a sign such as `-` can follow `|` or `>`",
        "begin the text on the next line, or put it in quotes",
        at_beginning=True,
    ),
    _Words(
        r"directive|incompatible YAML|tag handle",
        "a line that begins with `%` is a directive, and this is none that YAML knows",
        "remove the line",
    ),
)


def syntax_problem(error: YAMLError, file: str) -> Problem:
    """PyYAML's error as a problem."""
    if not isinstance(error, MarkedYAMLError):
        return Problem(Position(file, 1, 1), f"this is not YAML: {error}", "correct the syntax")
    heard = f"{error.context or ''}; {error.problem or ''}"
    began = error.context_mark or error.problem_mark
    for words in _VOCABULARY:
        if found := re.search(words.pattern, heard):
            mark = began if words.at_beginning else error.problem_mark
            groups = found[0], *found.groups()
            message = words.message.format(*groups, line=marked(began, file).line)
            return Problem(marked(mark, file), message, words.fix.format(*groups))
    message = f"this is not YAML: {error.problem}"
    return Problem(marked(error.problem_mark, file), message, "correct the syntax")
