"""What a run was told by the store, kept where no harm to the store or the process reaches it."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Step = Literal["append", "decide", "settle", "dead", "refused"]


class Mark(msgspec.Struct, array_like=True, frozen=True):
    """One thing that happened: `done` False when the store was asked, True when it had answered.

    `names` are the message ids it is about; of a refusal, the error's class and what it says.
    """

    step: Step
    done: bool
    names: list[str]


class Witness(Protocol):
    """Takes marks."""

    def note(self, step: Step, names: Sequence[str], *, done: bool) -> None:
        """Keep one mark at once: the next instruction may be the last."""


class FileWitness:
    """Keeps marks in a file, each by one write: kill -9 loses none of them."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def note(self, step: Step, names: Sequence[str], *, done: bool) -> None:
        """Keep one mark."""
        line = msgspec.json.encode(Mark(step, done, list(names))) + b"\n"
        if os.write(self._file, line) != len(line):
            raise OSError("the witness cannot write: every count of this campaign would be wrong")


class EarlyWitness:
    """Believes the store before it has answered: what a campaign has to find out."""

    def __init__(self, within: Witness) -> None:
        self._within = within

    def note(self, step: Step, names: Sequence[str], *, done: bool) -> None:
        """Keep an answer for a question."""
        if not done or step == "refused":
            self._within.note(step, names, done=True)


@dataclass(frozen=True, slots=True)
class Testimony:
    """Per step, which messages it was asked and which it was answered for."""

    begun: dict[Step, set[str]] = field(default_factory=lambda: defaultdict(set))
    done: dict[Step, set[str]] = field(default_factory=lambda: defaultdict(set))
    refusals: list[tuple[str, str]] = field(default_factory=list)


def summed_up(marks: Iterable[Mark]) -> Testimony:
    """All of it together."""
    told = Testimony()
    for mark in marks:
        if mark.step == "refused":
            told.refusals.append((mark.names[0], mark.names[1]))
        else:
            (told.done if mark.done else told.begun)[mark.step].update(mark.names)
    return told


def read_testimony(path: Path) -> Testimony:
    """What a `FileWitness` kept; nothing where it was killed before the first mark."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    return summed_up(msgspec.json.decode(line, type=Mark) for line in lines)
