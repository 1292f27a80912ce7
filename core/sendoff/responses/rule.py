"""One row of the table of responses: what has to hold, and what follows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from sendoff.answer import ERROR_KINDS, Answer, ErrorKind, HttpError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Status = int | str
"""A status, or a class of them, such as `"5xx"`."""

OutcomeName = Literal[
    "delivered", "skipped", "retry", "throttled", "too_large", "rejected", "needs_operator"
]


@dataclass(frozen=True, slots=True)
class ResponseRule:
    """One row: what has to hold, all of it, and what follows.

    `status` and `body` test an answer, `error` and `sent` test that none came; a row that names
    no error never matches one. `body` maps a dotted path in the JSON answer to a literal or a
    list of literals; on the way through a list any element will do. `reason` is a slug, by
    default the error's kind or `http_STATUS`. `fix` tells people what to do; `{status}` and
    `{message}`, the server's own words, are filled in. `maybe_delivered` marks, on a retry, an
    answer that leaves open whether the request worked; an error that was sent always does.
    """

    outcome: OutcomeName
    reason: str = ""
    fix: str = ""
    status: Status | tuple[Status, ...] | None = None
    body: Mapping[str, Any] | None = None
    error: ErrorKind | tuple[ErrorKind, ...] | None = None
    sent: bool | None = None
    maybe_delivered: bool = False

    def __post_init__(self) -> None:
        wrong = [
            *(
                each
                for each in _tuple(self.status)
                if not re.fullmatch("[1-9](xx|[0-9]{2})", str(each))
            ),
            *(each for each in _tuple(self.error) if each not in ERROR_KINDS),
            *(each for each in (self.outcome,) if each not in get_args(OutcomeName)),
        ]
        if wrong:
            raise ValueError(f"a response rule cannot use {', '.join(map(repr, wrong))}")

    def matches(self, answer: Answer | HttpError) -> bool:
        """Whether this row is about what came back."""
        if isinstance(answer, HttpError):
            return answer.kind in _tuple(self.error) and self.sent in (None, answer.sent)
        if self.error is not None or self.sent is not None:
            return False
        if self.status is not None and not _has_status(answer.status, self.status):
            return False
        return not self.body or _holds(self.body, answer.json())


def _tuple(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _has_status(status: int, wanted: Status | tuple[Status, ...]) -> bool:
    return any(each in (status, f"{status // 100}xx") for each in _tuple(wanted))


def _holds(tests: Mapping[str, Any], body: Any) -> bool:
    return all(
        any(
            _same(found, literal)
            for found in _at(body, path.split("."))
            for literal in (wanted if isinstance(wanted, list | tuple) else (wanted,))
        )
        for path, wanted in tests.items()
    )


def _at(value: Any, keys: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            # A list in a list is not followed, which bounds the depth whatever a server sends.
            if not isinstance(item, list):
                yield from _at(item, keys)
    elif not keys:
        yield value
    elif isinstance(value, dict) and keys[0] in value:
        yield from _at(value[keys[0]], keys[1:])


def _same(found: Any, literal: Any) -> bool:
    return isinstance(found, bool) is isinstance(literal, bool) and bool(found == literal)
