"""Fields of a form, made from the JSON Schema of an object, and read back as its members."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from sendoff.documents import read_document
from sendoff.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

UNSET: Final = object()
"""What a field says that was left blank."""

_SIMPLE: Final = {"string": "text", "boolean": "choice", "integer": "number", "number": "number"}


@dataclass(frozen=True, slots=True)
class Field:
    """One member of the object.

    `name` is that of the field in the form, `key` the member's. `kind`: `text`, `choice` (of
    `choices`), `number`, `secret`, or `yaml` for what has parts of its own, which `form` shows.
    """

    name: str
    key: str
    title: str
    description: str
    kind: str
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    form: str = ""

    def as_json(self) -> dict[str, Any]:
        """By name."""
        return asdict(self)

    def read(self, text: str) -> Any:
        """The member a person wrote: what is no number stays text, for its schema to refuse.

        Raises ValueError, in words, for YAML that cannot be read.
        """
        if not text.strip():
            return UNSET
        if self.kind == "number" or (self.kind == "choice" and text in ("true", "false")):
            with suppress(ValueError):
                return json.loads(text)
        return _yaml(text) if self.kind == "yaml" else text.strip()


def fields_of(schema: Mapping[str, Any], prefix: str) -> list[Field]:
    """A field for each property of an object, the required ones first."""
    required = schema.get("required", ())
    found = [
        _field(f"{prefix}.{key}", key, of, required=key in required)
        for key, of in schema.get("properties", {}).items()
    ]
    return sorted(found, key=lambda each: not each.required)


def _field(name: str, key: str, schema: Mapping[str, Any], *, required: bool) -> Field:
    choices = schema.get("enum", ["true", "false"] if schema.get("type") == "boolean" else [])
    default = schema.get("default", "")
    if schema.get("secret") is True:
        kind = "secret"
    elif "enum" in schema and all(isinstance(each, str) for each in choices):
        kind = "choice"
    else:
        kind = _SIMPLE.get(str(schema.get("type")), "yaml")
    return Field(
        name, key, title=str(schema.get("title") or key.replace("_", " ").capitalize()),
        description=str(schema.get("description", "")), kind=kind, required=required,
        choices=tuple(choices) if kind == "choice" else (),
        default=default if isinstance(default, str) else json.dumps(default),
        form=_form(schema) if kind == "yaml" else "",
    )  # fmt: skip


def _form(schema: Mapping[str, Any]) -> str:
    """What a value with parts looks like, in YAML."""
    if schema.get("type") == "array":
        return "[…]"
    return "{" + ", ".join(f"{key}: …" for key in schema.get("properties", {})) + "}"


def _yaml(text: str) -> Any:
    lines = "".join(f"  {line}\n" for line in text.splitlines())
    try:
        return read_document(f"value:\n{lines}", "").value["value"]
    except ConfigurationError as error:
        # The line is one of our own making: only what is wrong is told.
        raise ValueError("; ".join(each.message for each in error.problems)) from None
