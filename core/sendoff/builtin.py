"""What core brings itself, by the hooks anybody's plugin uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.blueprint.transforms import builtin_transforms
from sendoff.hookspecs import hookimpl
from sendoff.store.memory import MEMORY
from sendoff.store.sqlite import SQLITE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.blueprint.transforms import Transform
    from sendoff.store.engine import Engine


@hookimpl
def sendoff_transforms() -> Sequence[Transform]:
    """The transforms every blueprint can use."""
    return list(builtin_transforms().values())


@hookimpl
def sendoff_stores() -> Sequence[Engine]:
    """The store that lives in this process, and the one that is a file."""
    return [MEMORY, SQLITE]
