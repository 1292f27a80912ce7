"""What a test compares with: written in the document, or given by a parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sendoff.blueprint.parameters import kinds_given
from sendoff.blueprint.steps import listed
from sendoff.blueprint.values import shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from sendoff.blueprint.compilation import At, Compilation


@dataclass(frozen=True, slots=True)
class Operand:
    """What stands after a path or an operator, with the parameter that gives it, if one does.

    `declared` are the JSON types that the parameter may have, or the items of a list of it; None
    where that is not known. One that `is_set` to nothing has no `value` yet.
    """

    value: Any
    parameter: str = ""
    declared: frozenset[str] | None = None
    is_set: bool = True

    @property
    def literals(self) -> tuple[Any, ...]:
        """The value, or those of the list that a parameter gives; none of one that is not set."""
        if self.parameter and isinstance(self.value, list):
            return tuple(self.value)
        return (self.value,) if self.is_set else ()

    def can_be(self, kinds: Collection[str]) -> bool:
        """Whether what is declared of the parameter leaves room for one of these types."""
        return self.declared is None or not self.declared.isdisjoint(kinds)

    def told(self, value: Any) -> str:
        """A value of it in a message, which says where it comes from."""
        return self._from_parameter(shown(value))

    @property
    def told_declared(self) -> str:
        """What it is declared to be, in a message."""
        return self._from_parameter(listed(self.declared or ()))

    def _from_parameter(self, words: str) -> str:
        return f"{words}, which parameter `{self.parameter}` gives" if self.parameter else words


def names_parameter(raw: Any) -> bool:
    """Whether it is `{param: NAME}`, which stands for what the route gives."""
    return isinstance(raw, dict) and raw.keys() == {"param"} and isinstance(raw["param"], str)


def read_operand(raw: Any, at: At, compilation: Compilation) -> Operand:
    """The operand a document spells; a parameter that is not declared is noted as a problem."""
    if not names_parameter(raw):
        return Operand(raw)
    name = raw["param"]
    value, unset = compilation.filled(raw, at)
    declared = kinds_given(compilation.declared.get(name))
    return Operand(value, name, declared, is_set=not unset)
