from __future__ import annotations

import pytest

from sendoff.blueprint.patterns import PatternError, compile_pattern


def test_a_pattern_is_found_wherever_it_stands_in_a_text() -> None:
    assert compile_pattern("a+b").search("xaab")
    assert not compile_pattern("^a+b").search("xaab")


@pytest.mark.parametrize(
    ("pattern", "why"),
    [("(", "missing )"), ("(?=a)", "invalid perl operator"), (r"(a)\1", "invalid escape sequence")],
)
def test_what_is_no_pattern_is_refused_in_the_words_of_re2(
    pattern: str, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PatternError, match=why.replace(")", r"\)")):
        compile_pattern(pattern)
    assert capfd.readouterr() == ("", "")  # the library itself would write to standard error
