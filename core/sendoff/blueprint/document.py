"""A blueprint as it was written: its parts by name, and the document for positions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sendoff.blueprint.schema import BLUEPRINT_SCHEMA
from sendoff.documents import check_schema
from sendoff.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.documents import Document


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A blueprint as it was written, with the problems of its structure.

    What it maps is judged when it is compiled, and all problems are told together then.
    `hash` is the SHA-256 of its content (comments and layout do not count), in hex: every
    decision carries it, so that what decided an event can be told later.
    """

    document: Document
    hash: str
    problems: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """Its name, such as `freshdesk/default`."""
        return str(self.document.value.get("name", ""))

    @property
    def version(self) -> int:
        """Its version, counted by its author."""
        version = self.document.value.get("version")
        return version if isinstance(version, int) else 0

    @property
    def destination(self) -> str:
        """The name of the destination it is written for; blank where it names none."""
        destination = self.document.value.get("destination")
        return destination if isinstance(destination, str) else ""

    @property
    def description(self) -> str:
        """What it is for, in its author's words."""
        return str(self.document.value.get("description", ""))

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """What a route may fill: a JSON Schema by name, with `default` where there is one."""
        declared = self.document.value.get("parameters")
        listed = declared.items() if isinstance(declared, dict) else ()
        return {name: schema for name, schema in listed if isinstance(schema, dict)}

    @property
    def examples(self) -> Sequence[Mapping[str, Any]]:
        """Events with the decision expected of each."""
        listed = self.document.value.get("examples")
        return (
            [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        )


def read_blueprint(document: Document) -> Blueprint:
    """The blueprint a document holds, with the problems of its YAML and of its structure.

    They are told together with those found when it is compiled.
    """
    problems = [*document.problems, *check_schema(document, BLUEPRINT_SCHEMA)]
    content = document.value
    if "extends" in content:
        where = document.position(("extends",))
        problems.append(Problem(where, "`extends` is reserved for a later version", "leave it out"))
    canonical = msgspec.json.encode(content, order="deterministic")
    return Blueprint(document, hashlib.sha256(canonical).hexdigest(), tuple(problems))
