from __future__ import annotations

import pytest

from sendoff.event.marks import path


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("marketing", "$.consent.marketing"),
        ("ad_user-data2", "$.consent.ad_user-data2"),
        ("C0004", "$.consent.C0004"),
        ("2nd", '$.consent."2nd"'),
        ("a.b", '$.consent."a.b"'),
        ("", '$.consent.""'),
    ],
)
def test_a_path_is_written_as_a_blueprint_writes_it(key: str, written: str) -> None:
    assert path("$.consent", key) == written


def test_a_long_key_is_cut() -> None:
    assert path("$", "x" * 1000) == "$." + "x" * 64
