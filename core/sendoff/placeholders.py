"""Puts values of the environment and of files where a setting names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST: Final = 64 * 1024
"""Bytes a file may hold: it is meant for a secret, not for data."""

_PLACEHOLDER = re.compile(
    r"""
      (?P<escape>\$\$\{)
    | \$\{env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-(?:(?!\$\{)[^}])*)?\}
    | \$\{file:(?P<path>[^}]+)\}
    | (?P<other>\$\{[^}]*\}?)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value with its placeholders filled in.

    Where there are `problems`, the placeholder at fault stays in `value` as it was written.
    `literal` tells that there was no placeholder at all: in a secret setting, the secret itself
    stands in the file. No warning or problem holds a value.
    """

    value: str
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    literal: bool = False


def resolve(text: str, environ: Mapping[str, str], read: Callable[[str], str]) -> Resolved:
    """Fills `${env:NAME}`, `${env:NAME:-default}` and `${file:PATH}` in one value.

    `$${` stands for `${` itself. A variable that is not set or blank takes the default, which may
    be empty. White space around a value is dropped with a warning, one line end at the end of a
    file without. What is filled in is never looked at again. `read` gives a file's text or raises
    OSError or ValueError, as `read_file` does.
    """
    return _Filling(environ, read).fill(text)


def read_file(path: str) -> str:
    """The text of a file of at most 64 KB, in UTF-8; OSError or ValueError where it is not so."""
    with Path(path).open("rb") as file:
        data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise ValueError("it is larger than 64 KB")
    return data.decode("utf-8-sig")


class _Filling:
    """One value being filled: collects what is wrong and what is odd on the way."""

    def __init__(self, environ: Mapping[str, str], read: Callable[[str], str]) -> None:
        self._environ = environ
        self._read = read
        self._warnings: list[str] = []
        self._problems: list[str] = []

    def fill(self, text: str) -> Resolved:
        value = _PLACEHOLDER.sub(self._replace, text)
        found = _PLACEHOLDER.finditer(text)
        literal = all(match["escape"] for match in found)
        return Resolved(value, tuple(self._warnings), tuple(self._problems), literal)

    def _replace(self, match: re.Match[str]) -> str:
        if match["escape"]:
            return "${"
        if match["name"]:
            filled = self._variable(match["name"], match["default"])
        elif match["path"]:
            filled = self._file(match["path"].strip())
        else:
            self._problems.append(_unknown(match["other"]))
            filled = None
        return match[0] if filled is None else filled

    def _variable(self, name: str, default: str | None) -> str | None:
        value = self._environ.get(name, "")
        if value.strip():
            return self._text(value, f"the environment variable {name}")
        if default is not None:
            return default.removeprefix(":-")
        state = "is blank" if name in self._environ else "is not set"
        self._problems.append(
            f"the environment variable {name} {state}: set it, or write ${{env:{name}:-default}}"
        )
        return None

    def _file(self, path: str) -> str | None:
        try:
            value = self._read(path)
        except UnicodeDecodeError:
            problem = "it is not UTF-8 text"
        except OSError as error:
            problem = error.strerror or type(error).__name__
        except ValueError as error:
            problem = str(error)
        else:
            if value.strip():
                return self._text(value.removesuffix("\n").removesuffix("\r"), f"the file {path}")
            problem = "it is blank"
        self._problems.append(f"the file {path} cannot be used: {problem}")
        return None

    def _text(self, value: str, source: str) -> str | None:
        try:
            value.encode()
        except UnicodeEncodeError:
            self._problems.append(f"{source} cannot be used: it is not UTF-8 text")
            return None
        trimmed = value.strip()
        if trimmed != value:
            self._warnings.append(f"white space around the value of {source} was left out")
        return trimmed


def _unknown(written: str) -> str:
    # The text itself is not repeated: it may be part of a password that holds a `${`.
    if not written.endswith("}"):
        return "a placeholder that begins with ${ has no closing }: close it, or write $${ for ${"
    return (
        "an unknown placeholder: write ${env:NAME}, ${env:NAME:-default} or ${file:PATH},"
        " or $${ where ${ itself is meant"
    )
