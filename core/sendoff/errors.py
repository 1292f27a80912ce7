"""The errors sendoff raises. Each says what happened, where, and what to do."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendoff.problems import Problem


class SendoffError(Exception):
    """What a person can mend; its text is fit to be shown, without a traceback."""


class UsageError(SendoffError):
    """A command or a call was given something it cannot use."""


class ConfigurationError(SendoffError):
    """A blueprint, pipeline file or setting is wrong; carries every problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InvalidEvent(SendoffError):  # noqa: N818 - the field's own term
    """A message that is no event.

    `path` says where in the message (`$.context`), `detail` what is wrong there.
    """

    def __init__(self, detail: str, path: str = "$") -> None:
        self.detail = detail
        self.path = path
        super().__init__(f"{path}: {detail}")


def bug(error: Exception) -> str:
    """A bug of ours for a log: what kind, and where; what it says itself may hold an event."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"a bug: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
