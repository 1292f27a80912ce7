"""From what went wrong to a line for people and an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from sendoff.cli import output
from sendoff.cli.exits import Exit, Interrupted
from sendoff.errors import ConfigurationError, SendoffError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, TracebackType


def exit_code_of(command: Callable[[], object]) -> int:
    """Run a command; its exit code, with what went wrong told on stderr."""
    try:
        with _terminable():
            code = command()
    except SystemExit:  # click's end when the reader of stdout has left: that is no mistake
        code = Exit.DONE
    except (Exception, KeyboardInterrupt, Interrupted) as error:  # noqa: BLE001 - the last stop
        code = _told(error)
    try:
        output.flush()
    except BrokenPipeError:
        output.silence()
    except SendoffError as error:
        output.silence()
        code = code or _told(error)
    return int(code) if isinstance(code, int) else Exit.DONE


@contextmanager
def _terminable() -> Iterator[None]:
    """Inside, SIGTERM ends the command in the way that SIGINT does."""
    try:
        before = signal.signal(signal.SIGTERM, _stop)
    except ValueError:  # not the main thread, which alone gets signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(signal.Signals(number))


def _told(error: BaseException) -> int:
    code, text = _verdict(error)
    if text:
        output.note(text)
    return code


def _verdict(error: BaseException) -> tuple[int, str]:
    verdict: tuple[int, str]
    match error:
        case Interrupted():
            verdict = error.code, ""
        case KeyboardInterrupt() | click.Abort():
            verdict = Exit.INTERRUPTED, ""
        case click.ClickException():
            verdict = Exit.USAGE, _usage(error)
        case ConfigurationError():
            verdict = Exit.CONFIGURATION, str(error)
        case UsageError():
            verdict = Exit.USAGE, f"error: {error}"
        case SendoffError():
            verdict = Exit.NO, f"error: {error}"
        case OSError(errno=errno.ENOSPC):
            verdict = Exit.NO, f"error: {error.strerror}"
        case _:
            verdict = Exit.BUG, _bug(error)
    return verdict


def _usage(error: click.ClickException) -> str:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()  # the help of a group, as it is
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "sendoff"
    return f"error: {message.removesuffix('.')} (see `{path} --help`)"


def _bug(error: BaseException) -> str:
    if os.environ.get("SENDOFF_DEBUG") == "1":
        traceback.print_exception(error, file=sys.stderr)
    # The error's own text may repeat an event or a secret; its kind and its place do not.
    return (
        f"error: sendoff has a bug: {type(error).__name__} at {_place(error.__traceback__)}"
        " (please report it, with what SENDOFF_DEBUG=1 shows: look it over for personal data)"
    )


def _place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    if not frames:
        return "an unknown place"
    last = frames[-1]
    return f"{'/'.join(Path(last.filename).parts[-2:])}:{last.lineno}"
