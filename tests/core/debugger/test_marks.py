"""A mark for each route: what tells them apart is not the colour alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sendoff.debugger.marks import TONES, marks


def test_a_route_goes_by_its_first_letter_or_by_two() -> None:
    found = marks(["support", "success", "webhook"])
    assert [each.letters for each in found.values()] == ["S", "Su", "W"]
    assert [each.tone for each in found.values()] == [0, 1, 2]


@given(st.lists(st.text(min_size=1, max_size=4), unique=True, max_size=40))
def test_no_two_routes_have_the_same_letters(names: list[str]) -> None:
    found = marks(names)
    assert list(found) == names
    assert len({each.letters for each in found.values()}) == len(names)
    assert all(0 <= each.tone < TONES for each in found.values())
