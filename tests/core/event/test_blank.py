from __future__ import annotations

import pytest

from sendoff.event.blank import is_blank


@pytest.mark.parametrize("value", [None, "", " ", "\t\n\u00a0\u3000"])
def test_null_and_text_without_a_visible_character_are_blank(value: object) -> None:
    assert is_blank(value)


@pytest.mark.parametrize("value", ["x", " x ", 0, 0.0, False, [], {}])
def test_everything_else_says_something(value: object) -> None:
    assert not is_blank(value)
