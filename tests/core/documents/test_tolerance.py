"""Documents read with their mistakes, so that what they say can be checked in the same go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sendoff.documents import read_document, read_file
from sendoff.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "value", "lines"),
    [
        ("a: NO\nb: 1", {"a": "NO", "b": 1}, [1]),
        ("a: 1\na: 2\nb: 010", {"a": 1, "b": "010"}, [2, 3]),
        ("a: !!str x\nb: !mine {c: 1}", {"a": "x", "b": {"c": 1}}, [1, 2]),
        ("1: x\na: z", {"a": "z"}, [1]),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", {"a": {"b": 1}, "c": {"d": 2}}, [2]),
        ("a: *x", {"a": None}, [1]),
        ("a: 1", {"a": 1}, []),
    ],
)
def test_what_reading_goes_on_after_is_kept_with_the_document(
    text: str, value: Any, lines: list[int]
) -> None:
    document = read_document(text, "f", strict=False)
    assert document.value == value
    assert [problem.position.line for problem in document.problems] == lines
    if lines:
        with pytest.raises(ConfigurationError) as caught:
            read_document(text, "f")
        assert caught.value.problems == tuple(sorted(document.problems))


@pytest.mark.parametrize("text", ["", "- a", "a: [", "a: NO\nb: [", "a: NO\n---\nb: 1", "!!map x"])
def test_what_leaves_nothing_to_check_is_raised(text: str) -> None:
    with pytest.raises(ConfigurationError):
        read_document(text, "f", strict=False)


def test_a_file_is_read_alike(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text("a: NO")
    assert len(read_file(file, strict=False).problems) == 1
    with pytest.raises(ConfigurationError):
        read_file(file)
