"""Files put in the place of others, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sendoff.errors import SendoffError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHANGED = "the pipeline file was changed since this was begun (look at it, then do it again)"


def read_text(path: Path) -> bytes:
    """The bytes of a file. SendoffError: it cannot be read."""
    with _told(path, "read"):
        return path.read_bytes()


def digest(text: bytes) -> str:
    """What tells one text of a file from another, in hex."""
    return hashlib.sha256(text).hexdigest()


def replace_text(path: Path, old: bytes, new: bytes) -> None:
    """Put a new text in the place of the old, at once; the mode of the file stays.

    A link stays one: what it leads to is replaced. Raises UsageError where the file no longer
    holds the old text, and SendoffError where it cannot be written; nothing is changed then.
    """
    target = path.resolve()
    with _told(path, "written"):
        handle, made = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(new)
                file.flush()
                os.fchmod(handle, stat.S_IMODE(target.stat().st_mode))
                os.fsync(handle)
            if target.read_bytes() != old:
                raise UsageError(CHANGED)
            Path(made).replace(target)
        except BaseException:
            Path(made).unlink()
            raise
        _sync(target.parent)


@contextmanager
def secret_files(files: Mapping[Path, str]) -> Iterator[None]:
    """Write new files that their owner alone may read; taken away again where the block raises.

    UsageError: one is there already. SendoffError: one cannot be written.
    """
    made: list[Path] = []
    try:
        for path, secret in files.items():
            _write_secret(path, secret, made)
        yield
    except BaseException:
        for path in made:
            with suppress(OSError):
                path.unlink()
        raise


def _write_secret(path: Path, secret: str, made: list[Path]) -> None:
    with _told(path, "written"):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise UsageError(
                f"there is a file {path.name} already (leave the secret blank to use it as it is,"
                " or choose another name)"
            ) from None
        made.append(path)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{secret}\n")
            file.flush()
            os.fsync(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SendoffError(f"{path} cannot be {done}: {why} (check its folder's rights)") from None
