from __future__ import annotations

from sendoff.event.derived import derived


class Counter:
    def __init__(self) -> None:
        self.times = 0

    @derived
    def number(self) -> int:
        """How often it was worked out."""
        self.times += 1
        return self.times


def test_it_is_worked_out_once_for_each_object() -> None:
    one, other = Counter(), Counter()
    assert (one.number, one.number, one.times) == (1, 1, 1)
    assert other.times == 0
    assert other.number == 1


def test_the_class_shows_its_documentation() -> None:
    assert Counter.number.__doc__ == "How often it was worked out."
