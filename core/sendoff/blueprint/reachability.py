"""Which rules can never be reached: a `when` that contradicts itself, or an earlier rule's prey.

Judged only where it is certain. What cannot be compared (two patterns, say) counts as open, and so
does everything once the steps are spent: a rule is never called dead by mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sendoff.blueprint.comparisons import NUMERIC, Comparison, judge
from sendoff.blueprint.conditions import All, AnyOf, Not, Unread
from sendoff.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sendoff.blueprint.conditions import Tree

_STEPS = 1_000_000
"""Literals looked at for a whole blueprint, two by two: about a second of them."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A rule that no event reaches: its condition can never hold, or the rule `taker` takes all.

    Both are counted from 0; `contradiction` says why in words, empty where there is a taker.
    """

    index: int
    contradiction: str = ""
    taker: int | None = None


def dead_rules(trees: Sequence[Tree | None], steps: int = _STEPS) -> Iterator[Dead]:
    """The rules of these conditions, in order, that can never be reached.

    None stands for a rule without a condition: it takes everything.
    """
    reasoning = _Reasoning(steps)
    known = [None if tree is None else _conjunction(normal(tree)) for tree in trees]
    for index, parts in enumerate(known):
        if why := reasoning.contradiction(parts or ()):
            yield Dead(index, contradiction=why)
        elif (taker := reasoning.taker(parts or (), islice(known, index))) is not None:
            yield Dead(index, taker=taker)


class _Reasoning:
    """What follows from conditions, found within a bounded number of steps."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def taker(self, known: Sequence[Tree], earlier: Iterable[Sequence[Tree] | None]) -> int | None:
        """The index of an earlier condition that holds whenever the known parts do, else None."""
        for index, other in enumerate(earlier):
            if other is None or all(self._implies(known, part) for part in other):
                return index
            if self._left < 0:
                break
        return None

    def contradiction(self, parts: Sequence[Tree]) -> str:
        """Why the parts can never hold all, in words; empty when they may."""
        for index, first in enumerate(parts):
            for second in parts[index + 1 :]:
                if self._exclude(first, second):
                    return f"`{worded(first)}` and `{worded(second)}` never hold together"
            if self._left < 0:
                return ""
        tests = [part for part in parts if not isinstance(part, AnyOf)]
        for part in parts:
            if isinstance(part, AnyOf) and all(
                self.contradiction([*tests, *_conjunction(inner)]) for inner in part.parts
            ):
                return "none of its alternatives can hold"
        return ""

    def _implies(self, known: Sequence[Tree], wanted: Tree) -> bool:
        """Whether everything known to hold makes the wanted condition hold."""
        self._left -= 1
        if self._left < 0:
            return False
        if isinstance(wanted, All):
            return all(self._implies(known, part) for part in wanted.parts)
        if isinstance(wanted, AnyOf) and any(self._implies(known, part) for part in wanted.parts):
            return True
        return any(self._suffices(part, wanted) for part in known)

    def _suffices(self, known: Tree, wanted: Tree) -> bool:
        if isinstance(known, AnyOf):
            return all(self._implies(_conjunction(part), wanted) for part in known.parts)
        self._left -= _cost(known) + _cost(wanted)
        match known, wanted:
            case Comparison(), Comparison():
                return _narrows(known, wanted)
            case Comparison(), Not(part):
                return self._exclude(known, part)
            case Not(Comparison() as inner), Not(Comparison() as other):
                return _narrows(other, inner)
        return False

    def _exclude(self, first: Tree, second: Tree) -> bool:
        """Whether the two can never hold together."""
        self._left -= _cost(first) + _cost(second)
        if self._left < 0:
            return False
        match first, second:
            case Comparison(), Comparison():
                return _apart(first, second)
            case (Comparison() as test, Not(Comparison() as denied)) | (
                Not(Comparison() as denied),
                Comparison() as test,
            ):
                return _narrows(test, denied)
        return False


def normal(tree: Tree, *, holds: bool = True) -> Tree:
    """The same condition with `not` only before single tests, and groups of a kind made one."""
    match tree:
        case All(parts) | AnyOf(parts):
            kind = All if isinstance(tree, All) is holds else AnyOf
            made = [normal(part, holds=holds) for part in parts]
            flat = [i for each in made for i in (each.parts if isinstance(each, kind) else [each])]
            return flat[0] if len(flat) == 1 else kind(tuple(flat))
        case Not(part):
            return normal(part, holds=not holds)
        case Comparison(path, "exists", wanted):
            return tree if holds else Comparison(path, "exists", not wanted)
        case Comparison():
            return tree if holds else Not(tree)
        case Unread():
            return tree


def worded(tree: Tree) -> str:
    """The test as a document writes it."""
    if isinstance(tree, Not) and isinstance(tree.part, Comparison):
        path = f"{tree.part.path}: "
        return f"{path}{{not: {str(tree.part).removeprefix(path)}}}"
    return str(tree)


def _conjunction(tree: Tree) -> Sequence[Tree]:
    return tree.parts if isinstance(tree, All) else [tree]


def _cost(tree: Tree) -> int:
    """How many literals have to be looked at."""
    inner = tree.part if isinstance(tree, Not) else tree
    return inner.width if isinstance(inner, Comparison) else 1


def _narrows(known: Comparison, wanted: Comparison) -> bool:
    """Whether the one test holds only where the other does."""
    if known.path != wanted.path:
        return False
    if known == wanted:
        return True
    if known.operator == "one_of":
        if known.is_of_names:
            return wanted.operator == "one_of" and known.operands <= wanted.operands
        return all(map(judge(wanted), known.operand))
    if wanted.operator == "exists":
        # Every other test is false of a path without a value.
        return wanted.operand is True and known.operator != "exists"
    return _bound_narrows(known, wanted)


def _bound_narrows(known: Comparison, wanted: Comparison) -> bool:
    pair = known.operator, wanted.operator
    if pair in {("gt", "gt"), ("gte", "gte"), ("gt", "gte")}:
        return bool(known.operand >= wanted.operand)
    if pair in {("lt", "lt"), ("lte", "lte"), ("lt", "lte")}:
        return bool(known.operand <= wanted.operand)
    if pair == ("gte", "gt"):
        return bool(known.operand > wanted.operand)
    return pair == ("lte", "lt") and bool(known.operand < wanted.operand)


def _apart(first: Comparison, second: Comparison) -> bool:
    """Whether no event passes both tests."""
    if first.path != second.path:
        return _nameless(first, second) or _nameless(second, first)
    used = {first.operator, second.operator}
    if first.is_of_names or second.is_of_names:
        # What bears a name need not have one of its own, and may bear two.
        return False
    if used == {"exists"}:
        return first.operand is not second.operand
    for one, other in ((first, second), (second, first)):
        if one.operator == "one_of":
            return not any(map(judge(other), one.operand))
        if one.operator == "exists" and other.operator != "one_of":
            return one.operand is False
    return _bounds_apart(first, second)


def _nameless(types: Comparison, names: Comparison) -> bool:
    """Whether calls of these types never bear one of these names: only track calls choose."""
    if (types.path.root, names.path.root) != ("type", "event"):
        return False
    if {types.operator, names.operator} != {"one_of"} or "track" in types.operand:
        return False
    borne = {name for each in types.operand for name in Event(type=each).folded_names}
    return borne.isdisjoint(names.operands)


def _bounds_apart(first: Comparison, second: Comparison) -> bool:
    used = {first.operator, second.operator}
    if not used <= NUMERIC:
        return not used.isdisjoint(NUMERIC)  # a number, and text or a list
    low, high = sorted((first, second), key=lambda part: part.operator.startswith("l"))
    if not (low.operator.startswith("g") and high.operator.startswith("l")):
        return False
    touching = low.operator == "gte" and high.operator == "lte"
    return bool(low.operand > high.operand or (low.operand == high.operand and not touching))
