"""Transforms: the named steps of a field's `do`. Plugins add theirs by the same definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.blueprint.transforms.checks import check_definition
from sendoff.blueprint.transforms.definition import (
    Example,
    JsonType,
    Members,
    Transform,
    TransformError,
    json_type,
    unfit,
)
from sendoff.blueprint.transforms.durations import MILLISECONDS
from sendoff.blueprint.transforms.lists import FIRST, JOIN, LAST, SLICE, SPLIT
from sendoff.blueprint.transforms.lookup import LOOKUP
from sendoff.blueprint.transforms.numbers import BOOLEAN, INTEGER, NUMBER, STRING
from sendoff.blueprint.transforms.objects import FLATTEN, OMIT, PICK, SCALARS
from sendoff.blueprint.transforms.phone import E164
from sendoff.blueprint.transforms.replacement import REPLACE
from sendoff.blueprint.transforms.text import LOWER, SHA256, TITLE, TRIM, UPPER
from sendoff.blueprint.transforms.times import EPOCH_MS, EPOCH_S, ISO8601

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Example",
    "JsonType",
    "Members",
    "Transform",
    "TransformError",
    "builtin_transforms",
    "check_definition",
    "json_type",
    "unfit",
]


def builtin_transforms() -> Mapping[str, Transform]:
    """The transforms that come with sendoff, by name, in the order the documents list them."""
    text = (TRIM, LOWER, UPPER, TITLE, E164)
    scalars = (INTEGER, NUMBER, BOOLEAN, STRING)
    times = (ISO8601, EPOCH_MS, EPOCH_S, MILLISECONDS)
    parts = (SHA256, SPLIT, JOIN, FIRST, LAST, SLICE, REPLACE, LOOKUP)
    objects = (PICK, OMIT, SCALARS, FLATTEN)
    return {each.name: each for each in (*text, *scalars, *times, *parts, *objects)}
