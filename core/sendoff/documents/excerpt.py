"""Text of a document as it stands in a message: on one line, and not too long."""

from __future__ import annotations

import json

_LONGEST = 40


def excerpt(text: str) -> str:
    """`text` with its control characters escaped, cut where it is too long to show."""
    shown = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text[:_LONGEST])
    return shown + ("…" if len(text) > _LONGEST else "")


def in_quotes(text: str) -> str:
    """How to write `text` in YAML so that it stays text."""
    cut = text[:_LONGEST] + ("…" if len(text) > _LONGEST else "")
    return json.dumps(cut, ensure_ascii=False)
