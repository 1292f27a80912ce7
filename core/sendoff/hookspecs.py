"""The hooks a plugin may implement. One entry-point group, `sendoff`, names plugin modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.blueprint.transforms import Transform
    from sendoff.destination import Destination
    from sendoff.store.engine import Engine

PROJECT = "sendoff"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin module as the implementation of the hook of its name."""


@hookspec
def sendoff_destinations() -> Sequence[Destination]:  # type: ignore[empty-body]
    """The destinations a plugin brings. Called once, when plugins are loaded."""


@hookspec
def sendoff_transforms() -> Sequence[Transform]:  # type: ignore[empty-body]
    """The transforms a plugin brings, for the `do` of any blueprint."""


@hookspec
def sendoff_stores() -> Sequence[Engine]:  # type: ignore[empty-body]
    """The store engines a plugin brings, each for the `store:` values of its scheme."""
