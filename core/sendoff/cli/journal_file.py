"""`--journal FILE`: every record of the journal, a line of JSON each."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from sendoff.cli import output
from sendoff.errors import UsageError
from sendoff.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class JournalFile:
    """Appends records to a file that only its owner may read.

    Secrets are covered in the records, personal data is not. When the file cannot be written on,
    that is told once and `failed` is set; deliveries go on.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self._name = name
        self.failed = False

    def write(self, record: Mapping[str, Any]) -> None:
        """Append a record; never raises."""
        if self.failed:
            return
        data = msgspec.json.encode(record, enc_hook=str) + b"\n"
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            self.failed = True
            output.note(f"warning: the journal {self._name} ends here: {error.strerror}")


@contextmanager
def opened_journal(name: str | None) -> Iterator[JournalFile | None]:
    """The journal file of that name; None for no name. UsageError: it cannot be opened."""
    if name is None:
        yield None
        return
    shown = plain(name)
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except (OSError, ValueError) as error:  # a ValueError is a NUL in the path
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"the journal {shown} cannot be written: {why}") from None
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)  # it may have been there before
        yield JournalFile(descriptor, shown)
    finally:
        os.close(descriptor)
