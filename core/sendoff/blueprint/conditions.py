"""`when`: a mapping of paths to tests, read into a small tree and compiled to closures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sendoff.blueprint import comparisons, operators
from sendoff.blueprint.literals import read_literals
from sendoff.blueprint.operands import names_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.paths import Path
    from sendoff.blueprint.trace import Trace

    Run = Callable[[Any, Trace | None], bool]


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every part holds; an empty one always does."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one part holds."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when the part does not."""

    part: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """Stands where the document is wrong, or a parameter is not set.

    It never holds, and nothing can be concluded from it.
    """


Tree = All | AnyOf | Not | Unread | comparisons.Comparison


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled `when`: `run(event, trace)` tells whether it holds."""

    run: Run
    tree: Tree

    @property
    def reads(self) -> tuple[Path, ...]:
        """The paths it looks at."""
        return tuple(_reads(self.tree))


def compile_when(raw: Any, at: At, compilation: Compilation) -> Condition:
    """The condition a `when` mapping spells; its problems are noted in the compilation."""
    tree = _read(raw, at, compilation)
    return Condition(compiled(tree, compilation.params), tree)


def _read(raw: Any, at: At, compilation: Compilation) -> Tree:
    if not isinstance(raw, dict) or not raw:
        return Unread()
    parts: list[Tree] = []
    for key, value in raw.items():
        place = (*at, key)
        if key in {"all", "any"}:
            parts.append(_read_group(key, value, place, compilation))
        elif key == "not":
            parts.append(Not(_read(value, place, compilation)))
        else:
            parts += _read_test(key, value, place, compilation)
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _read_group(key: str, value: Any, at: At, compilation: Compilation) -> Tree:
    if not isinstance(value, list) or not value:
        return Unread()
    inner = tuple(_read(item, (*at, index), compilation) for index, item in enumerate(value))
    return All(inner) if key == "all" else AnyOf(inner)


def _read_test(key: str, value: Any, at: At, compilation: Compilation) -> list[Tree]:
    if key in comparisons.OPERATORS:
        compilation.problem(at, f"`{key}` tests a path", f"write `some.path: {{{key}: …}}`")
        return [Unread()]
    path = compilation.path(key, at)
    return [Unread()] if path is None else _read_operand(path, value, at, compilation)


def _read_operand(path: Path, value: Any, at: At, compilation: Compilation) -> list[Tree]:
    if not isinstance(value, dict) or names_parameter(value):
        return [_read_literals(path, value, at, compilation)]
    if not value:
        compilation.problem(at, f"`{path}` has no test", "give a value, or `{exists: true}`")
        return [Unread()]
    found: list[Tree] = []
    for operator, operand in value.items():
        place = (*at, operator)
        if operator == "not":
            found.append(Not(All(tuple(_read_operand(path, operand, place, compilation)))))
        else:
            test = operators.read_operator(path, operator, operand, place, compilation)
            found.append(test or Unread())
    return found


def _read_literals(path: Path, value: Any, at: At, compilation: Compilation) -> Tree:
    test, lacking = read_literals(path, value, at, compilation)
    if test is None:
        return Unread()
    # What an unset parameter might add is not known: nothing is concluded from the rest alone.
    return AnyOf((test, Unread())) if lacking else test


def compiled(tree: Tree, params: Mapping[str, Any]) -> Run:
    """The closure of a condition."""
    match tree:
        case All(parts):
            return _all([compiled(part, params) for part in parts])
        case AnyOf(parts):
            return _any([compiled(part, params) for part in parts])
        case Not(part):
            return _not(compiled(part, params))
        case Unread():
            return lambda _event, _trace: False
        case comparisons.Comparison():
            return comparisons.run(tree, params)


def _all(runs: list[Run]) -> Run:
    if len(runs) == 1:
        return runs[0]

    def run(event: Any, trace: Trace | None) -> bool:
        for part in runs:  # noqa: SIM110 - a generator costs more than the tests it asks
            if not part(event, trace):
                return False
        return True

    return run


def _any(runs: list[Run]) -> Run:
    def run(event: Any, trace: Trace | None) -> bool:
        if trace is not None:
            with trace.inside("any") as entry:
                entry["held"] = any(part(event, trace) for part in runs)
                return bool(entry["held"])
        return any(part(event, None) for part in runs)

    return run


def _not(part: Run) -> Run:
    def run(event: Any, trace: Trace | None) -> bool:
        if trace is not None:
            with trace.inside("not") as entry:
                entry["held"] = not part(event, trace)
                return bool(entry["held"])
        return not part(event, None)

    return run


def _reads(tree: Tree) -> list[Path]:
    match tree:
        case All(parts) | AnyOf(parts):
            return [path for part in parts for path in _reads(part)]
        case Not(part):
            return _reads(part)
        case Unread():
            return []
        case comparisons.Comparison(path=path):
            return [path]
