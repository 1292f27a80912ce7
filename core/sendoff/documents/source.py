"""The text of a document: of a bearable size, in UTF-8, of printable characters."""

from __future__ import annotations

import re

from sendoff.errors import ConfigurationError
from sendoff.problems import Position, Problem

MAX_BYTES = 1_000_000

# YAML's printable characters without those that YAML 1.1 takes for line breaks and 1.2 does not
# (U+0085, U+2028, U+2029), and without the byte order mark.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_BREAK = re.compile(r"\r\n|\r|\n")


def source_text(text: bytes | str, file: str) -> str:
    """`text` as characters, without a byte order mark.

    Raises ConfigurationError when it is too large, not UTF-8, or holds control characters.
    """
    if len(text) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1_000_000} MB"
        problem = Problem(Position(file, 1, 1), message, "name another file, or split it")
        raise ConfigurationError([problem])
    decoded = (text if isinstance(text, str) else _decoded(text, file)).removeprefix("\ufeff")
    problems = _unprintable(decoded, file)
    if problems:
        raise ConfigurationError(problems)
    return decoded


def _decoded(text: bytes, file: str) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        position = _position(text[: error.start].decode().removeprefix("\ufeff"), file)
        problem = Problem(position, "the file is not in UTF-8", "save it as UTF-8")
        raise ConfigurationError([problem]) from None


def _unprintable(text: str, file: str) -> list[Problem]:
    """One problem for each such character, where it first stands."""
    first = {found[0]: found.start() for found in reversed([*_UNPRINTABLE.finditer(text)])}
    return [
        Problem(
            _position(text[:index], file),
            f"the character U+{ord(character):04X} cannot stand in a file",
            "remove it, or write it as an escape in double quotes",
        )
        for character, index in first.items()
    ]


def _position(before: str, file: str) -> Position:
    """The place that follows the text `before`."""
    lines = _BREAK.split(before)
    return Position(file, len(lines), len(lines[-1]) + 1)
