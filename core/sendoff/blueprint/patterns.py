"""RE2 patterns, which read any text in linear time: those of `matches` and of `replace`."""

from __future__ import annotations

from typing import Any

import re2


class PatternError(ValueError):
    """A text that is no pattern; the message is RE2's own."""


def compile_pattern(pattern: str) -> Any:
    """The pattern, compiled. Raises PatternError."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        raise PatternError(
            said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        ) from None
