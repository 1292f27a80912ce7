from __future__ import annotations

import pytest

from sendoff.suggestions import did_you_mean


@pytest.mark.parametrize(
    ("word", "known", "fix"),
    [
        ("emial", ["name", "email"], "did you mean `email`?"),
        ("NAME", ["name", "email"], "did you mean `name`?"),
        ("zzz", ["b", "a"], "use one of: a, b"),
        ("zzz", [], ""),
        ("zzz", [f"a{n:02}" for n in range(21)],
         "use one of: " + ", ".join(f"a{n:02}" for n in range(20)) + ", …"),
    ],
)  # fmt: skip
def test_the_nearest_known_word_else_the_known_words(word: str, known: list[str], fix: str) -> None:
    assert did_you_mean(word, known) == fix
