"""Conditions written out: as expressions, and as the function that finds an event's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.blueprint import paths
from sendoff.blueprint.comparisons import Comparison, judge
from sendoff.blueprint.conditions import All, AnyOf, Not, Unread, compiled
from sendoff.blueprint.generated.writer import Writer
from sendoff.blueprint.values import has_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sendoff.blueprint.conditions import Tree
    from sendoff.blueprint.rules import Rule


_ROOM: Final = 20
"""How deep conditions are written out; Python reads brackets two hundred deep and no deeper."""


def generate_choice(
    rules: Sequence[Rule], params: Mapping[str, Any]
) -> Callable[[Any], Rule | None]:
    """A function that gives the first rule whose `when` holds of an event, None where none does."""
    writer = _ChoiceWriter()
    for rule in rules:
        found = f"return {writer.constant(rule)}"
        if rule.when is None:
            writer.line(found)
            break
        held = expression(rule.when.tree, params, writer)  # what it reads stands before it
        writer.line(f"if {held}: {found}")
    else:
        writer.line("return None")
    return writer.function()


class _ChoiceWriter(Writer):
    """Has a root read by the first rule that asks for it: most events need none of those behind."""

    def _read_root(self, line: str) -> None:
        self.line(line)


def expression(tree: Tree, params: Mapping[str, Any], writer: Writer, room: int = _ROOM) -> str:
    """An expression that tells whether a condition holds; a closure's call where it has none."""
    written = ""
    if room:
        match tree:
            case All(parts):
                inner = [expression(part, params, writer, room - 1) for part in parts]
                written = f"({' and '.join(inner)})" if inner else "True"
            case AnyOf(parts):
                inner = [expression(part, params, writer, room - 1) for part in parts]
                written = f"({' or '.join(inner)})" if inner else "False"
            case Not(part):
                written = f"(not {expression(part, params, writer, room - 1)})"
            case Unread():
                written = "False"
            case _:
                written = _comparison(tree, params, writer)
    return written or f"{writer.constant(compiled(tree, params))}(event, None)"


def _comparison(test: Comparison, params: Mapping[str, Any], writer: Writer) -> str:
    """One of the tests that nearly all conditions are made of; empty for anything else."""
    path = test.path
    if path.root == "params":  # known by now, and the same for every event
        return str(judge(test)(paths.getter(path, params)(None)))
    if test.is_of_names:
        return f"(not {writer.constant(test.operands)}.isdisjoint({writer.root('folded_names')}))"
    value = _value(path, writer)
    if not value:
        return ""
    if test.operator == "exists":
        return f"({writer.constant(has_value)}({value}) is {test.operand is True})"
    return _equality(test, value, writer) if test.operator == "one_of" else ""


def _value(path: paths.Path, writer: Writer) -> str:
    """The value of a root, or of a key right in it; empty for any other path."""
    if path.root == "item" or len(path.steps) > 1:
        return ""
    if not path.steps:
        return writer.root(path.root)
    [step] = path.steps
    return f"{writer.root(path.root)}.get({writer.constant(step)})" if type(step) is str else ""


def _equality(test: Comparison, value: str, writer: Writer) -> str:
    # Text equals nothing but itself, and the two booleans are themselves alone.
    texts = [literal for literal in test.operand if isinstance(literal, str)]
    if len(texts) == len(test.operand):
        tests = [f"{value} == {writer.constant(text)}" for text in texts]
        return f"({' or '.join(tests)})"
    [literal, *others] = test.operand
    return f"({value} is {literal})" if isinstance(literal, bool) and not others else ""
