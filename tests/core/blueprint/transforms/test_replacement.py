from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.replacement import REPLACE


def replaced(text: Any, **parameters: str) -> Any:
    return REPLACE.build(parameters)(text)


@given(st.text("ab.é", max_size=8), st.text("ab.é", min_size=1, max_size=2), st.text("a\\1é"))
def test_a_literal_find_replaces_every_occurrence(text: str, find: str, substitute: str) -> None:
    assert replaced(text, find=find, **{"with": substitute}) == text.replace(find, substitute)


@given(st.text("ab é"), st.sampled_from(["a", "a+", "b*", "", "^", "$", r"\b", "a|$", "é", "(a)"]))
def test_a_pattern_finds_what_pythons_own_finds(text: str, pattern: str) -> None:
    expected = re.sub(pattern, "ü", text, flags=re.ASCII)
    assert replaced(text, matches=pattern, **{"with": "ü"}) == expected


@pytest.mark.parametrize(
    ("text", "pattern", "substitute", "result"),
    [
        (" ab cd", r"\b", "|", " |ab| |cd|"),
        ("447700900123", "^", "+", "+447700900123"),
        ("naïve", "ï", "é", "naéve"),
        ("a1b22", r"\d+", r"<\0>", "a<1>b<22>"),
        ("a-b", r"(\w)-(\w)", r"\2-\1", "b-a"),
        ("b", r"(a)?b", r"[\1]", "[]"),
        ("ab", "a", r"\\1", r"\1b"),
        ("ab", "a", "$1\n", "$1\nb"),
        ("ÀB", "(?i)à", "a", "aB"),
    ],
)
def test_pattern_and_groups(text: str, pattern: str, substitute: str, result: str) -> None:
    assert replaced(text, matches=pattern, **{"with": substitute}) == result


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"matches": "(a", "with": ""}, "`matches` is no RE2 pattern: missing"),
        ({"matches": "(?=a)", "with": ""}, "`matches` is no RE2 pattern"),
        ({"matches": "(a)", "with": r"\2"}, "`with` has \\\\2, but the pattern has 1 groups"),
        ({"matches": "(a)", "with": r"\n"}, r"`with` has \\n"),
        ({"matches": "(a)", "with": "\\"}, "`with` has"),
    ],
)
def test_a_pattern_or_group_that_cannot_be_is_told_when_it_is_built(
    parameters: dict[str, str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TransformError, match=message):
        REPLACE.build(parameters)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("parameters", [{"find": "a", "with": ""}, {"matches": "a", "with": ""}])
def test_only_text_is_taken(parameters: dict[str, str]) -> None:
    with pytest.raises(TransformError, match="takes text, not a list"):
        REPLACE.build(parameters)(["a"])


def test_a_pattern_that_reads_on_after_every_match_is_stopped() -> None:
    run = REPLACE.build({"matches": "a(.*b)?", "with": ""})
    assert run("a" * 20_000) == ""
    begun = time.process_time()
    with pytest.raises(TransformError, match="too long"):
        run("a" * 2_000_000)
    assert time.process_time() - begun < 5


def test_text_that_utf8_cannot_write_is_refused_by_a_pattern() -> None:
    with pytest.raises(TransformError, match="surrogate"):
        replaced("\udc00", matches="a", **{"with": ""})
    assert replaced("\udc00a", find="a", **{"with": ""}) == "\udc00"
