"""How far a run is, on a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from sendoff.tally import Tally


@contextmanager
def shown_progress(tally: Tally) -> Iterator[None]:
    """Keep a line about the tally on stderr for as long as the block lasts, if it is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.live import Live  # noqa: PLC0415

    console = Console(stderr=True)
    with Live(_Line(tally), console=console, transient=True, refresh_per_second=8):
        yield


class _Line:
    """Rendered anew at each refresh."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def __rich__(self) -> Text:
        from rich.text import Text  # noqa: PLC0415 - only on a terminal

        return Text(progress_text(self._tally))


def progress_text(tally: Tally) -> str:
    """How far it is, in one line."""
    routes = tally.routes.values()
    parts = [
        f"{tally.events:,} read",
        f"{sum(route.delivered for route in routes):,} delivered",
        f"{tally.waiting:,} waiting",
    ]
    dead = tally.invalid + sum(route.dead.total() for route in routes)
    if dead:
        parts.append(f"{dead:,} dead")
    parts += [f"{name} held: {route.held}" for name, route in tally.routes.items() if route.held]
    return " · ".join(parts)
