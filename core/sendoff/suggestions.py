"""The nearest known word to one that was not understood."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean "x"?` for the nearest known word, else the known words; empty for none."""
    words = sorted(known)
    folded = {candidate.casefold(): candidate for candidate in words}
    near = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{folded[near[0]]}`?"
    if not words:
        return ""
    listed = ", ".join(words[:20]) + (", …" if len(words) > 20 else "")  # noqa: PLR2004
    return f"use one of: {listed}"
