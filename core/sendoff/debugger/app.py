"""The debugger as an ASGI application: its pages, its own scripts and styles, and its guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from sendoff.debugger import (
    configured,
    dead,
    differing,
    event,
    joining,
    overview,
    resending,
    tail,
    trying,
)
from sendoff.debugger.context import Debugger
from sendoff.debugger.pages import Pages
from sendoff.debugger.safety import Guard, Guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from starlette.routing import BaseRoute

    from sendoff.pipeline import Sendoff

_PAGES: Final[Sequence[Callable[[Debugger], Sequence[BaseRoute]]]] = (
    tail.routes,
    event.routes,
    overview.routes,
    dead.routes,
    resending.routes,
    trying.routes,
    differing.routes,
    joining.routes,
    configured.routes,
)


def debugger(sendoff: Sendoff, config: Path, *, token: str | None = None) -> Debugger:
    """What the pages of an open pipeline work with; beyond loopback give a `token`."""
    guard = Guard(token)
    return Debugger(sendoff, config, Pages(sendoff, guard), guard)


def application(debugger: Debugger) -> Starlette:
    """All pages of the debugger."""
    found = [route for routes in _PAGES for route in routes(debugger)]
    static = Mount("/static", StaticFiles(packages=[("sendoff.debugger", "static")]))
    return Starlette(
        routes=[*found, static], middleware=[Middleware(Guarded, guard=debugger.guard)]
    )
