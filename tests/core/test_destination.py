from __future__ import annotations

from sendoff.destination import refused_settings
from sendoff.errors import UsageError


def whole(text: str) -> int:
    if not text.isdecimal():
        raise UsageError("is no number: write digits alone")
    return int(text)


READERS = {"first": whole, "second": whole}


def test_each_setting_that_its_reader_refuses_is_told_by_name() -> None:
    settings = {"second": "x", "first": "1", "third": "x"}
    assert list(refused_settings(settings, READERS)) == [
        ("second", "is no number: write digits alone")
    ]
    both = [name for name, _problem in refused_settings({"second": "", "first": ""}, READERS)]
    assert both == ["first", "second"]


def test_of_what_is_not_given_nothing_is_said() -> None:
    assert list(refused_settings({}, READERS)) == []
