"""A document, or a part of it, against a JSON Schema."""

from __future__ import annotations

from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from sendoff.documents.alternatives import telling
from sendoff.documents.mistakes import mistakes
from sendoff.documents.wording import worded
from sendoff.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sendoff.documents.document import Document
    from sendoff.documents.mistakes import Path


def check_schema(
    document: Document,
    schema: Mapping[str, Any],
    at: Path = (),
    *,
    unknown: Collection[Path] = (),
) -> list[Problem]:
    """All problems, in the order of the file, that JSON Schema 2020-12 finds at the path `at`.

    Each stands at its key or item; what is missing, at the mapping that lacks it. `x-hint` in a
    schema is what to do about a value that fails it; else its `description` may say it. Of the
    values at `unknown` paths nothing is said. Raises LookupError when nothing is at `at`.
    """
    value = reduce(getitem, at, document.value)
    found = (
        Problem(document.position(remark.path), remark.message, remark.fix)
        for mistake in mistakes(value, schema, at)
        for told in telling(mistake)
        for remark in worded(told)
        if remark.path not in unknown
    )
    return sorted(set(found))
