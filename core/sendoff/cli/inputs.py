"""EVENTS on the command line: a file, or `-` for standard input."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from sendoff.cli import output
from sendoff.errors import SendoffError, UsageError
from sendoff.report.plain import plain
from sendoff.sources import shape_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.sources import Readable


@contextmanager
def opened(name: str) -> Iterator[Readable]:
    """The file of that name to read from, unbuffered; UsageError where it cannot be opened."""
    if name == "-":
        yield Named(_standard_input(), "standard input")
        return
    with _file(name) as file:
        yield Named(file, name)


def exists(name: str) -> bool:
    """Whether there is a file of that name; False for what can be none."""
    try:
        return Path(name).exists()
    except OSError:  # such as a name that is too long
        return False


def tell_shape(first: bytes) -> None:
    """Tell what to do when the first line shows that events are not one a line."""
    if hint := shape_hint(first):
        output.note(f"note: {hint}")


class Named:
    """A stream whose errors say which it is."""

    def __init__(self, stream: Readable, name: str) -> None:
        self._stream = stream
        self._name = name

    def read(self, size: int, /) -> bytes | None:
        """The next bytes. SendoffError: they cannot be read."""
        try:
            return self._stream.read(size)
        except OSError as error:
            raise SendoffError(f"{self._name} cannot be read on: {error.strerror}") from None


def _standard_input() -> Readable:
    if sys.stdin is None:
        raise UsageError("there is no standard input to read events from (name a file)")
    if sys.stdin.isatty():
        output.note("reading events from the terminal, one a line; Ctrl-D ends")
    with suppress(OSError, ValueError):
        os.set_blocking(sys.stdin.fileno(), True)  # whoever started us may have changed that
    # Without the buffer: it would wait for more than there is, and nothing else reads here.
    stream: Readable = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    return stream


def _file(name: str) -> FileIO:
    try:
        return FileIO(name)
    except (OSError, ValueError) as error:  # a ValueError is a NUL in the path
        raise UsageError(_unopenable(name, error)) from None


def _unopenable(name: str, error: OSError | ValueError) -> str:
    shown = plain(name)
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return f"there is no file {shown} (check the path; `-` is standard input)"
        case IsADirectoryError():
            return f"{shown} is a directory (name a file in it)"
        case PermissionError():
            return f"{shown} may not be read (give yourself the right to)"
    return f"{shown} cannot be read: {getattr(error, 'strerror', None) or error}"
