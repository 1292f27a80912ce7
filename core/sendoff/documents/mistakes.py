"""What a JSON Schema finds wrong with a value, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import getitem
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One keyword of a schema that a value fails.

    `wanted` is the keyword's value, `schema` the object it stands in, `path` leads to the part
    that fails. `of_key` tells that the last key of the path fails, not its value. `branches` has
    the mistakes against each alternative of `anyOf` and `oneOf`.
    """

    keyword: str
    wanted: Any
    value: Any
    schema: Mapping[str, Any]
    path: Path
    of_key: bool = False
    branches: tuple[tuple[Mistake, ...], ...] = ()

    @property
    def hint(self) -> str:
        """What the author of the schema advises; empty without advice."""
        return str(self.schema.get("x-hint", ""))

    @property
    def unknown_keys(self) -> list[str]:
        """The keys of a mapping that the schema neither names nor has a pattern for."""
        known = self.schema.get("properties", {})
        patterns = self.schema.get("patternProperties", {})
        return [
            key
            for key in self.value
            if key not in known and not any(re.search(pattern, key) for pattern in patterns)
        ]


def mistakes(value: Any, schema: Mapping[str, Any], at: Path = ()) -> Iterator[Mistake]:
    """Every mistake of `value` by JSON Schema 2020-12; `format` is not judged.

    `at` is where the value stands, and begins every path.
    """
    # With this registry no `$ref` makes jsonschema open a URL.
    for error in Draft202012Validator(schema, registry=REGISTRY).iter_errors(value):
        yield _mistake(error, value, at)


def _mistake(error: ValidationError, whole: Any, at: Path) -> Mistake:
    path = tuple(error.absolute_path)
    # jsonschema gives a bad property name the path of the mapping it stands in.
    of_key = isinstance(error.instance, str) and isinstance(reduce(getitem, path, whole), dict)
    by_branch = groupby(error.context, key=lambda each: [*each.relative_schema_path][:1])
    return Mistake(
        keyword=str(error.validator or "false"),
        wanted=error.validator_value,
        value=error.instance,
        schema=error.schema if isinstance(error.schema, dict) else {},
        path=(*at, *path, str(error.instance)) if of_key else (*at, *path),
        of_key=of_key,
        branches=tuple(tuple(_mistake(e, whole, at) for e in branch) for _, branch in by_branch),
    )
