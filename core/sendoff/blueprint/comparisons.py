"""The comparisons a condition can make of one path: equality, membership, and the operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sendoff.blueprint import paths
from sendoff.blueprint.patterns import compile_pattern
from sendoff.blueprint.values import has_value, shown
from sendoff.documents.excerpt import excerpt
from sendoff.event import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendoff.blueprint.trace import Trace

NUMERIC = frozenset({"gt", "gte", "lt", "lte"})
TEXTUAL = frozenset({"starts_with", "ends_with", "matches"})
OPERATORS = ("exists", *sorted(NUMERIC), "contains", *sorted(TEXTUAL))


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One test: `one_of` with the literals that satisfy it, or an operator with its operand.

    Two are equal when they hold of the same events.
    """

    path: paths.Path
    operator: str
    operand: Any

    @property
    def is_of_names(self) -> bool:
        """Whether it asks for the event's name: by folded names, of which an event may bear two."""
        return self.path.root == "event" and self.operator == "one_of"

    @property
    def operands(self) -> frozenset[Any]:
        """What it compares with, event names folded, and numbers kept apart from booleans."""
        given = self.operand if self.operator == "one_of" else (self.operand,)
        if self.is_of_names:
            return frozenset(fold(name) for name in given)
        # Python takes 1 and true for equal; a blueprint does not.
        return frozenset((isinstance(each, bool), each) for each in given)

    @property
    def width(self) -> int:
        """With how many literals it compares."""
        return len(self.operand) if self.operator == "one_of" else 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Comparison) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        if self.operator != "one_of":
            return f"{self.path}: {{{self.operator}: {_written(self.operand)}}}"
        written = ", ".join(_written(literal) for literal in self.operand)
        return f"{self.path}: {written if len(self.operand) == 1 else f'[{written}]'}"

    @property
    def _key(self) -> tuple[paths.Path, str, frozenset[Any]]:
        return self.path, self.operator, self.operands


def run(test: Comparison, params: Mapping[str, Any]) -> Callable[[Any, Trace | None], bool]:
    """The test compiled: a function of the event and an optional trace."""
    get = paths.getter(test.path, params)
    holds = _named(test.operands) if test.is_of_names else _of_value(test, get)

    def tested(event: Any, trace: Trace | None) -> bool:
        held = holds(event)
        if trace is not None:
            trace.add(
                "test", path=str(test.path), operator=test.operator,
                expected=_expected(test), value=get(event), held=held,
            )  # fmt: skip
        return held

    return tested


def _named(names: frozenset[str]) -> Callable[[Any], bool]:
    # An identify call is also `Identified`, a page call `Page Viewed`.
    return lambda event: not names.isdisjoint(event.folded_names)


def _of_value(test: Comparison, get: paths.Getter) -> Callable[[Any], bool]:
    if test.operator == "one_of" and len(test.operand) == 1 and isinstance(test.operand[0], str):
        # One text, as most conditions have it, equals nothing but itself.
        text = test.operand[0]
        return lambda event: bool(get(event) == text)
    holds = judge(test)
    return lambda event: holds(get(event))


def judge(test: Comparison) -> Callable[[Any], bool]:
    """Whether the test holds of a value; of what has no value, only `exists: false` does."""
    operand = test.operand
    if test.operator == "one_of":
        return _equality(operand)
    if test.operator == "exists":
        return lambda value: has_value(value) is operand
    if test.operator in NUMERIC:
        return _comparison(test.operator, operand)
    if test.operator == "contains":
        return lambda value: _contains(value, operand)
    if test.operator == "matches":
        return _matching(operand)
    method = str.startswith if test.operator == "starts_with" else str.endswith
    return lambda value: type(value) is str and has_value(value) and method(value, operand)


def _equality(literals: tuple[Any, ...]) -> Callable[[Any], bool]:
    # 1 is 1.0 and never true: Python's equality says both are, so booleans are kept apart.
    booleans = frozenset(literal for literal in literals if isinstance(literal, bool))
    others = frozenset(literal for literal in literals if not isinstance(literal, bool))

    def equal(value: Any) -> bool:
        kind = type(value)
        if kind is bool:
            return value in booleans
        return (kind is str or kind is int or kind is float) and value in others

    return equal


def _comparison(operator: str, bound: float) -> Callable[[Any], bool]:
    def compare(value: Any) -> bool:
        if type(value) is not int and type(value) is not float:
            return False
        match operator:
            case "gt":
                return bool(value > bound)
            case "gte":
                return bool(value >= bound)
            case "lt":
                return bool(value < bound)
            case _:
                return bool(value <= bound)

    return compare


def _contains(value: Any, wanted: Any) -> bool:
    if type(value) is str:
        return isinstance(wanted, str) and wanted in value and has_value(value)
    if type(value) is list:
        equal = _equality((wanted,))
        return any(equal(item) for item in value)
    return False


def _matching(pattern: str) -> Callable[[Any], bool]:
    search = compile_pattern(pattern).search

    def matching(value: Any) -> bool:
        if type(value) is not str or not has_value(value):
            return False
        try:
            return bool(search(value))
        except UnicodeEncodeError:  # a lone surrogate, which RE2 cannot be given
            return bool(search(value.encode("utf-8", "replace").decode()))

    return matching


def _expected(test: Comparison) -> Any:
    if test.operator == "one_of":
        return test.operand[0] if len(test.operand) == 1 else list(test.operand)
    return test.operand


def _written(literal: Any) -> str:
    return excerpt(literal) if isinstance(literal, str) else shown(literal)
