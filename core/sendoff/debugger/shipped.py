"""The presets that are installed, as far as they can be read."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sendoff.blueprint.document import read_blueprint
from sendoff.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.blueprint.document import Blueprint
    from sendoff.presets import Preset, Presets


def shipped(presets: Presets) -> Iterator[tuple[Preset, Blueprint]]:
    """The newest of each, with what it says; one that is broken is told of where it is used."""
    for preset in presets:
        with suppress(ConfigurationError):
            yield preset, read_blueprint(preset.document())
