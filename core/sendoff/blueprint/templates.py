"""`template`: text with `{{path}}` in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sendoff.blueprint import paths
from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.numbers import written
from sendoff.blueprint.values import has_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.blueprint.compilation import At, Compilation

_PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")


def compile_template(
    text: str, at: At, compilation: Compilation
) -> tuple[Callable[[Any], str | None], tuple[paths.Path, ...]]:
    """A function from an event to the filled text, and the paths it reads.

    A path without a value is filled with nothing; when none has one, the template has no value.
    The filled text is trimmed. Values are put in as they are, numbers as `string` writes them:
    what looks like a place inside a value is never filled.
    """
    pieces = _PLACE.split(text)
    fixed = pieces[0::2]
    found = [compilation.path(spelled, at) for spelled in pieces[1::2]]
    if any("{{" in piece for piece in fixed):
        compilation.problem(at, "this template has a `{{` without its `}}`", "write `{{path}}`")
    elif not found:
        compilation.problem(at, "a template without a `{{path}}`", "write `value:` for fixed text")
    read = tuple(path for path in found if path is not None)
    getters = [paths.getter(path, compilation.params) for path in read]

    def fill(event: Any) -> str | None:
        values = [get(event) for get in getters]
        if not any(has_value(value) for value in values):
            return None
        parts = [fixed[0]]
        for path, value, literal in zip(read, values, fixed[1:], strict=True):
            parts += (_text(path, value), literal)
        return "".join(parts).strip()

    return fill, read


def _text(path: paths.Path, value: Any) -> str:
    if not has_value(value):
        return ""
    try:
        return written(value)
    except TransformError as error:
        raise TransformError(f"the template {error} ({path})") from None
