"""Reading with a pencil: values out of a document, and every problem on the way noted down."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sendoff import placeholders
from sendoff.documents import check_schema
from sendoff.problems import Problem
from sendoff.redact import SHORTEST, Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendoff.documents import Document

At = tuple[str | int, ...]


@dataclass(slots=True)
class Reading:
    """A document whose placeholders are being filled in.

    `unresolved` are the places whose placeholder had nothing behind it, `literal` those of text
    without any; `filled_in` are the values that came from elsewhere.
    """

    document: Document
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    unresolved: set[At] = field(default_factory=set)
    literal: set[At] = field(default_factory=set)
    filled_in: list[str] = field(default_factory=list)

    def problem(self, at: At, message: str, fix: str = "") -> None:
        """Note a problem with the key or item at a place."""
        self.problems.append(Problem(self.document.position(at), message, fix))

    def covered(self) -> list[Problem]:
        """The problems without a secret, which may stand where none belongs.

        So whatever came from the environment or a file is covered.
        """
        redactor = Redactor([*self.secrets, *self.filled_in])
        return [
            Problem(each.position, redactor.text(each.message), redactor.text(each.fix))
            for each in self.problems
        ]

    def warn(self, at: At, message: str, fix: str = "") -> None:
        """Note something that works, and should not stay."""
        self.warnings.append(Problem(self.document.position(at), message, fix))

    def fill(
        self,
        environ: Mapping[str, str],
        read: Callable[[str], str],
        forgiven: Callable[[At], bool],
    ) -> None:
        """Put values where placeholders stand; nothing behind one is a problem unless forgiven."""

        def filled(value: Any, at: At) -> Any:
            if isinstance(value, dict):
                return {key: filled(inner, (*at, key)) for key, inner in value.items()}
            if isinstance(value, list):
                return [filled(inner, (*at, index)) for index, inner in enumerate(value)]
            if not isinstance(value, str):
                return value
            resolved = placeholders.resolve(value, environ, read)
            self._note(resolved, at, forgiven=forgiven(at))
            if not resolved.literal:
                self.filled_in.append(resolved.value)
            return resolved.value

        self.document = replace(self.document, value=filled(self.document.value, ()))

    def unknown(self, at: At) -> bool:
        """Whether a placeholder at or inside a place has nothing behind it."""
        return any(each[: len(at)] == at for each in self.unresolved)

    def breaches(self, schema: Mapping[str, Any], at: At = ()) -> list[Problem]:
        """What is wrong by a JSON Schema at a place, but of what a placeholder fills in vain."""
        return check_schema(self.document, schema, at, unknown=self.unresolved)

    def secret(self, at: At, value: str) -> None:
        """Note a value that must be shown nowhere."""
        if at in self.unresolved:
            return
        self.secrets.append(value)
        if at in self.literal:
            self.warn(at, "a secret stands in this file", "write `${env:NAME}` or `${file:PATH}`")
        if len(value) < SHORTEST:
            self.warn(at, f"a secret of fewer than {SHORTEST} characters cannot be redacted",
                      "use a longer one")  # fmt: skip

    def quantity(self, at: At, raw: Any, parse: Callable[[str], float], default: float) -> float:
        """A duration, size or rate; the default where there is none."""
        if not isinstance(raw, str) or at in self.unresolved:
            return default
        try:
            return parse(raw)
        except ValueError as error:
            self.problem(at, str(error))
            return default

    def _note(self, resolved: placeholders.Resolved, at: At, *, forgiven: bool) -> None:
        for warning in resolved.warnings:
            self.warn(at, warning)
        for problem in () if forgiven else resolved.problems:
            self.problem(at, problem)
        if resolved.problems:
            self.unresolved.add(at)
        if resolved.literal:
            self.literal.add(at)
