"""Conditions written out: as expressions, and as the function that finds an event's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.blueprint.comparisons import Comparison
from sendoff.blueprint.conditions import All
from sendoff.blueprint.generated.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sendoff.blueprint.conditions import Condition, Tree
    from sendoff.blueprint.rules import Rule


def generate_choice(rules: Sequence[Rule]) -> Callable[[Any], Rule | None]:
    """A function that gives the first rule whose `when` holds of an event, None where none does."""
    writer = Writer()
    for rule in rules:
        found = f"return {writer.constant(rule)}"
        if rule.when is None:
            writer.line(found)
            break
        writer.line(f"if {expression(rule.when, writer)}: {found}")
    else:
        writer.line("return None")
    return writer.function()


def expression(condition: Condition, writer: Writer) -> str:
    """An expression that tells whether a condition holds; its closure, where it has none here."""
    tree = condition.tree
    parts = tree.parts if isinstance(tree, All) else (tree,)
    written = [each for part in parts if (each := _comparison(part, writer))]
    if written and len(written) == len(parts):
        return " and ".join(written)
    return f"{writer.constant(condition.run)}(event, None)"


def _comparison(tree: Tree, writer: Writer) -> str:
    """An equality, the test that nearly all conditions are made of; empty for anything else."""
    if not isinstance(tree, Comparison) or tree.operator != "one_of":
        return ""
    path, literals = tree.path, tree.operand
    if path.root == "event":
        return f"not {writer.constant(tree.operands)}.isdisjoint({writer.root('folded_names')})"
    if path.root in {"params", "item"} or len(literals) != 1 or len(path.steps) > 1:
        return ""
    [literal] = literals
    value = writer.root(path.root)
    if path.steps:
        if not isinstance(path.steps[0], str):
            return ""
        value = f"{value}.get({writer.constant(path.steps[0])})"
    # One text equals nothing but itself, and the two booleans are themselves alone.
    if isinstance(literal, str):
        return f"{value} == {writer.constant(literal)}"
    return f"{value} is {literal is True}" if isinstance(literal, bool) else ""
