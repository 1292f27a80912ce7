"""The presets that can be read."""

from __future__ import annotations

from sendoff.debugger.shipped import shipped
from sendoff.presets import Preset, Presets


def test_a_preset_that_cannot_be_read_takes_no_other_down() -> None:
    presets = Presets([Preset("a/a", 0, "{"), Preset("b/b", 1, "name: b/b\ndescription: B")])
    assert [(preset.name, blueprint.description) for preset, blueprint in shipped(presets)] == [
        ("b/b", "B")
    ]
