"""Scripted faults: what the next requests are answered, whatever they ask."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sendoff.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Steps = str | int | list[str | int]
Spec = Steps | dict[str, Steps]

_EVERYBODY = "*"
_STEP = re.compile(
    r"(?:(?P<ok>ok|2\d\d)"
    r"|(?P<status>[45]\d\d)(?::(?P<after>\d{1,6}))?"
    r"|html(?P<html>[45]\d\d)"
    r"|slow:(?P<slow>\d{1,6}(?:\.\d+)?)"
    r"|(?P<drop>drop)"
    r"|(?P<lost>lost)(?::(?P<instead>[45]\d\d))?)"
    r"(?:\*(?P<times>\d{0,6}))?"
)
_FORMS = (
    "a step is ok, 500, 429:2 (with Retry-After), html502, slow:5 (seconds), drop, lost or "
    "lost:502, and may end in *3 (three times) or * (for ever)"
)


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one request.

    ok: nothing out of the ordinary. status: refused with `status`, asking for a wait of `seconds`
    if given. html: refused with the page of something in front of the API. slow: done, and
    answered after `seconds`. drop: not done, and the connection is cut. lost: done, and then the
    connection is cut, or `status` is answered if given.
    """

    kind: Literal["ok", "status", "html", "slow", "drop", "lost"] = "ok"
    status: int = 0
    seconds: float | None = None


@dataclass(slots=True)
class _Run:
    """A step as it was written, and how often it is still to be taken (None: for ever)."""

    text: str
    step: Step
    left: int | None


class Script:
    """The steps to come: for everybody in the order of requests, or for one person's requests.

    A person is any text, such as an email; which requests are theirs is for the caller to say.
    UsageError for what is no script.
    """

    def __init__(self, spec: Spec) -> None:
        self._queues: dict[str, deque[_Run]] = {}
        self.replace(spec)

    def replace(self, spec: Spec) -> None:
        """Forget the steps to come and take these. Raises `UsageError` for what is no script."""
        scripts = spec if isinstance(spec, dict) else {_EVERYBODY: spec}
        self._queues = {who.lower(): _queue(steps) for who, steps in scripts.items()}

    @property
    def personal(self) -> bool:
        """Whether any script is for one person only."""
        return any(who != _EVERYBODY for who in self._queues)

    def next(self, people: Iterable[str] = ()) -> Step:
        """The step for the next request, which is about these people; theirs come first."""
        for who in (*people, _EVERYBODY):
            queue = self._queues.get(who)
            if queue:
                return _take(queue)
        return Step()

    def coming(self) -> Mapping[str, list[str]]:
        """The steps left, as they were written, by person or `*` for everybody."""
        return {who: [_told(run) for run in queue] for who, queue in self._queues.items() if queue}


def _take(queue: deque[_Run]) -> Step:
    run = queue[0]
    if run.left is not None:
        run.left -= 1
        if run.left == 0:
            queue.popleft()
    return run.step


def _told(run: _Run) -> str:
    if run.left is None:
        return f"{run.text}*"
    return run.text if run.left == 1 else f"{run.text}*{run.left}"


def _queue(steps: Steps) -> deque[_Run]:
    listed = steps if isinstance(steps, list) else str(steps).split(",")
    texts = [str(step).strip() for step in listed]
    runs = [_run(text) for text in texts if text]
    return deque(run for run in runs if run.left != 0)


def _run(text: str) -> _Run:
    match = _STEP.fullmatch(text.lower())
    if match is None:
        raise UsageError(f"sandbox switch fail: {text!r} is no step ({_FORMS})")
    times = match["times"]
    left = 1 if times is None else int(times) if times else None
    return _Run(text.partition("*")[0], _step(match), left)


def _step(match: re.Match[str]) -> Step:
    if match["status"]:
        after = match["after"]
        return Step("status", int(match["status"]), float(after) if after else None)
    if match["html"]:
        return Step("html", int(match["html"]))
    if match["slow"]:
        return Step("slow", seconds=float(match["slow"]))
    if match["lost"]:
        return Step("lost", int(match["instead"] or 0))
    return Step("drop") if match["drop"] else Step()
