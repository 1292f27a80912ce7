"""How much of each campaign is run, and its figures at the end of the session."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

_FIGURES = "figures"


@pytest.fixture(scope="session")
def whole() -> bool:
    """Whether campaigns are run whole (`make torture`), not only a few points of each."""
    return os.environ.get("SENDOFF_TORTURE") == "whole"


@pytest.fixture(scope="session")
def spread(whole: bool) -> Callable[[Sequence[T], int], Sequence[T]]:
    """All of a campaign's points when it is run whole; else so many, from the first to the last."""

    def chosen(points: Sequence[T], few: int) -> Sequence[T]:
        if whole or len(points) <= few:
            return points
        step = (len(points) - 1) / (few - 1)
        return [points[round(n * step)] for n in range(few)]

    return chosen


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a line to be shown when the session ends, also from a process beside this one."""
    return lambda line: record_property(_FIGURES, line)


@pytest.fixture(scope="session")
def command() -> Callable[..., list[str]]:
    """The command of a module of `campaigns` with these arguments."""

    def of(module: str, *arguments: object) -> list[str]:
        return [sys.executable, "-m", f"campaigns.{module}", *map(str, arguments)]

    return of


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Iterator[None]:
    """Processes that the campaigns start find the package beside this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    ended = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in ended:
        for name, line in report.user_properties:
            if name == _FIGURES:
                terminalreporter.write_line(str(line))
