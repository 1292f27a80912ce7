"""Documents from bytes and from files, or every problem in them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import yaml

from sendoff.documents.composition import Composition
from sendoff.documents.document import Document
from sendoff.documents.source import MAX_BYTES, source_text
from sendoff.documents.syntax import syntax_problem
from sendoff.errors import ConfigurationError
from sendoff.problems import Position, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_document(text: bytes | str, file: str, *, strict: bool = True) -> Document:
    """The mapping written in `text`, strict YAML 1.2 or JSON of at most 1 MB.

    `file` is the name that problems bear. Raises ConfigurationError with every problem found:
    reading goes on after a duplicate key, a tag or a scalar that should be quoted, and ends at a
    syntax error. With `strict=False`, problems that reading goes on after are kept in the
    document instead, so that what it says can be checked in the same go.
    """
    source = source_text(text, file)
    if yaml.__with_libyaml__:
        # Twenty times as fast. Where it fails, the parser in Python has the better words, and it
        # takes the pairs of escapes by which JSON writes a character beyond U+FFFF.
        with suppress(yaml.YAMLError):
            return _composed(Composition(_events(yaml.CSafeLoader(source)), file), strict=strict)
    composition = Composition(_events(yaml.SafeLoader(source)), file)
    try:
        return _composed(composition, strict=strict)
    except yaml.YAMLError as error:
        problem = syntax_problem(error, file)
        raise ConfigurationError([*composition.problems, problem]) from None


def read_file(path: Path, *, strict: bool = True) -> Document:
    """The document in the file at `path`; problems bear the path as it was given.

    Raises ConfigurationError as `read_document` does, and when the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a ValueError is a NUL in the path
        raise ConfigurationError([_unreadable(error, str(path))]) from None
    return read_document(text, str(path), strict=strict)


def _composed(composition: Composition, *, strict: bool) -> Document:
    value, place = composition.compose()
    if composition.problems and (strict or not isinstance(value, dict)):
        raise ConfigurationError(composition.problems)
    return Document(composition.file, value, place, tuple(composition.problems))


def _events(parser: yaml.SafeLoader | yaml.CSafeLoader) -> Iterator[yaml.Event]:
    try:
        while (event := parser.get_event()) is not None:
            yield event
    except (ValueError, OverflowError):  # the parser in Python leaves the range to `chr` and `int`
        mark = parser.get_mark() if isinstance(parser, yaml.SafeLoader) else None
        problem = "a number beyond its range"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark) from None
    finally:
        parser.dispose()


def _unreadable(error: OSError | ValueError, file: str) -> Problem:
    position = Position(file, 1, 1)
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return Problem(position, "there is no such file", "check the path")
        case IsADirectoryError():
            return Problem(position, "this is a directory", "name a file in it")
        case PermissionError():
            return Problem(position, "the file may not be read", "give yourself the right to")
    reason = getattr(error, "strerror", None) or str(error)
    return Problem(position, f"the file cannot be read: {reason}", "check the path")
