"""Writes results to stdout and everything else to stderr.

JSON is always UTF-8, text in the encoding of the terminal.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sendoff.errors import SendoffError
from sendoff.report.plain import plain

if TYPE_CHECKING:
    from rich.table import Table

    from sendoff.redact import Redactor


_DELETE: Final = b"\x7f"


class OutputError(SendoffError):
    """The results cannot be written."""


def result(text: str) -> None:
    """Write text as a result, with a line feed."""
    written(f"{text}\n")


def written(text: str) -> None:
    """Write text as a result, as it is."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    _write(text.encode(encoding, "backslashreplace"))


def json_result(value: Any, redactor: Redactor | None = None) -> None:
    """Write a value as a result: JSON on one line, its secrets covered."""
    line = msgspec.json.encode(value)
    line = redactor.data(line) if redactor else line
    _write((line if line.isascii() and _DELETE not in line else _spelled_out(line)) + b"\n")


def note(text: str) -> None:
    """Tell people something that is no result: nothing in it is obeyed by a terminal."""
    text = "\n".join(map(plain, text.split("\n")))
    with suppress(OSError, OutputError):  # told where it matters
        flush()
    if sys.stderr is not None:
        encoding = sys.stderr.encoding or "utf-8"
        with suppress(OSError):
            sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            sys.stderr.flush()


def flush() -> None:
    """Hand what was written to whoever reads it."""
    if sys.stdout is not None:
        with _Told():
            sys.stdout.flush()


def silence() -> None:
    """Drop what cannot be written, so that Python does not complain of it at its exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def table(lines: Table) -> str:
    """A table as text: as wide as the terminal, or as it needs to be where there is none."""
    from rich.console import Console  # noqa: PLC0415 - takes longer than most commands do

    terminal = sys.stdout is not None and sys.stdout.isatty()
    console = Console(
        force_terminal=terminal, width=None if terminal else 1_000,
        color_system="auto" if terminal else None, highlight=False, emoji=False,
    )  # fmt: skip
    with console.capture() as capture:
        console.print(lines)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _spelled_out(line: bytes) -> bytes:
    """The same JSON, where a terminal that it is shown on finds nothing to obey, or to turn."""
    text = line.decode()
    if text.isprintable():
        return line
    # Only texts hold such characters, and there an escape means the same.
    return "".join(each if each.isprintable() else _escape(each) for each in text).encode()


def _escape(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


class _Told:
    """Turns the system's error about stdout into ours; that the reader left stays what it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise OutputError(f"the results cannot be written: {error.strerror}") from None


def _write(data: bytes) -> None:
    if sys.stdout is None:
        return
    with _Told():
        sys.stdout.buffer.write(data)
