from __future__ import annotations

from types import SimpleNamespace

import pytest

from sendoff.blueprint.generated.writer import Writer


def test_a_written_function_knows_values_by_the_names_it_was_given() -> None:
    writer = Writer(twice=lambda value: value * 2)
    with writer.inside(f"if {writer.root('type')} == {writer.constant('track')}:"):
        writer.line(f"return twice({writer.constant(21)})")
    writer.line("return None")
    function = writer.function()
    assert function(SimpleNamespace(type="track")) == 42
    assert function(SimpleNamespace(type="page")) is None


def test_no_two_names_are_the_same() -> None:
    writer = Writer()
    assert len({writer.name(), writer.name(), writer.constant(1), writer.constant(1)}) == 4


def test_an_attribute_is_read_once_for_the_whole_function() -> None:
    class Counted:
        reads = 0

        @property
        def traits(self) -> dict[str, str]:
            self.reads += 1
            return {}

    writer, event = Writer(), Counted()
    writer.line(f"return {writer.root('traits')}, {writer.root('traits')}")
    writer.function()(event)
    assert event.reads == 1


@pytest.mark.parametrize("root", ["", "a b", "x; import os", "__class__()", "a.b"])
def test_what_is_no_attribute_never_becomes_code(root: str) -> None:
    with pytest.raises(ValueError, match="is no attribute"):
        Writer().root(root)
