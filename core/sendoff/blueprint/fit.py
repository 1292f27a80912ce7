"""Whether what fields give fits what an action's JSON Schema takes, as far as load can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from referencing.exceptions import Unresolvable

from sendoff.blueprint import targets
from sendoff.blueprint.steps import listed
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.fields import Field
    from sendoff.destination import Action

    Schema = Mapping[str, Any]


def check_fit(fields: Sequence[Field], action: Action, at: At, compilation: Compilation) -> None:
    """Note targets that do not exist, types that cannot fit, and required targets nothing maps.

    `at` is the rule: what is missing is missing there.
    """
    _Fitting(action, compilation).members(fields, action.schema, at, owner="")


class _Fitting:
    def __init__(self, action: Action, compilation: Compilation) -> None:
        self._action = action.name
        self._definitions = {key: action.schema[key] for key in ("$defs",) if key in action.schema}
        self._compilation = compilation

    def members(self, fields: Sequence[Field], schema: Schema, at: At, owner: str) -> None:
        """Fields that together make an object; `owner` names it, with a dot where it has a name."""
        groups: dict[str, list[Field]] = {}
        for field in fields:
            groups.setdefault(field.target[0], []).append(field)
        for name in schema.get("required", ()):
            if name not in groups:
                message = f"`{self._action}` requires `{owner}{name}`, and nothing maps it"
                fix = f"map `{owner}{name}` too" if owner else f"add `{name}` to `fields`"
                self._compilation.problem(at, message, fix)
        for name, group in groups.items():
            inner = targets.member(schema, name)
            whole = f"{owner}{targets.spelled((name,))}"
            if inner is None:
                self._unknown(group, schema, whole, owner)
            elif len(group[0].target) == 1:
                self._value(group[0], inner)
            else:
                below = [field.below() for field in group if len(field.target) > 1]
                self.members(below, inner, group[0].at, f"{whole}.")

    def _unknown(self, group: Sequence[Field], schema: Schema, whole: str, owner: str) -> None:
        known = [f"{owner}{name}" for name in schema.get("properties", {})]
        fix = did_you_mean(whole, known)
        message = f"`{self._action}` has no target `{whole}`"
        if owner and not known:
            outer = owner.removesuffix(".")
            message = f"`{outer}` takes no object, so there is no target `{whole}`"
            fix = "give the list with `from` or `list`" if outer.endswith("]") else "map it itself"
        for field in group:
            self._compilation.problem(field.at, message, fix)

    def _value(self, field: Field, schema: Schema) -> None:
        wanted, given = targets.kinds(schema), field.kinds
        if given and "number" in given:
            given |= {"integer"}  # a number may be whole
        if wanted is not None and given is not None and not given & wanted:
            message = f"`{field.label}` takes {listed(wanted)}, and this gives "
            self._compilation.problem(field.at, message + listed(given))
            return
        for at, constant in field.constants:
            self._constant(constant, schema, at, field)
        if field.shape == "object":
            self.members(field.parts, schema, field.at, f"{field.label}.")
            return
        items = schema.get("items")
        for_each = items if isinstance(items, dict) else {}
        if field.shape == "each":
            self.members(field.parts, for_each, field.at, f"{field.label}[].")
        for part in field.parts:
            if field.shape == "list":
                self._value(part, for_each)

    def _constant(self, constant: Any, schema: Schema, at: At, field: Field) -> None:
        try:
            breaches = self._compilation.breaches(constant, {**self._definitions, **schema}, at)
        except Unresolvable:
            return  # a reference to another part of the schema: judged with the payload
        for each in breaches:
            message = f"`{field.label}` does not take this: {each.message}"
            self._compilation.problems.append(replace(each, message=message))
