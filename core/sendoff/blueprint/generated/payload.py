"""A rule's fields written out as one function that makes the payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.blueprint.generated.choice import expression
from sendoff.blueprint.generated.writer import Writer
from sendoff.blueprint.steps import sound
from sendoff.blueprint.transforms.objects import scalars_without
from sendoff.blueprint.values import pruned, pruned_to_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sendoff.blueprint.fields import Field, Plan
    from sendoff.blueprint.paths import Path
    from sendoff.blueprint.sources import Run

_SHAPES = frozenset(("list", "object"))


class UnusualError(Exception):
    """Raised by what was written, and caught by it: the closures have to look at this event."""


def generate_payload(
    fields: Sequence[Field], run: Run, params: Mapping[str, Any], demanded: Sequence[str] = ()
) -> Callable[[Any], Any]:
    """A function that gives for an event what `run`, the same fields as closures, gives for it.

    `demanded` are members that the object has to have; `run` raises for one that it lacks.
    """
    writer = _PayloadWriter(params)
    slow = writer.constant(run)
    with writer.inside("try:"):
        made = writer.object(fields)
        for name in demanded:
            writer.line(f"if {writer.constant(name)} not in {made}: raise Unusual")
        writer.line(f"return {made} or None")
    with writer.inside("except Exception:"):
        writer.line(f"return {slow}(event, None)")
    return writer.function()


class _PayloadWriter(Writer):
    """Every method that writes a value gives the name it has, or takes the one it is to have."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(
            pruned=pruned, pruned_to_read=pruned_to_read, sound=sound, Unusual=UnusualError
        )
        self._params = params

    def object(self, fields: Sequence[Field]) -> str:
        """An object of fields, those of one member together."""
        made = self.name()
        self.line(f"{made} = {{}}")
        members: dict[str, list[Field]] = {}
        for field in fields:
            members.setdefault(field.target[0], []).append(field)
        for member, group in members.items():
            key = self.constant(member)
            if len(group[0].target) == 1:
                value = self.field(group[0])
                self.line(f"if {value} is not None: {made}[{key}] = {value}")
            else:
                value = self.object([field.below() for field in group])
                self.line(f"if {value}: {made}[{key}] = {value}")
        return made

    def field(self, field: Field) -> str:
        """The value of a field; None where it has none."""
        value, plan = self.name(), field.plan
        if plan is None or not _has_lines(plan):
            self.line(f"{value} = {self.constant(field.run)}(event, None)")
        elif plan.when is None:
            self._planned(plan, value)
        else:
            self.line(f"{value} = None")
            with self.inside(f"if {expression(plan.when.tree, self._params, self)}:"):
                self._planned(plan, value)
            if plan.demanded:
                self._require(value)
        return value

    def _planned(self, plan: Plan, value: str) -> None:
        members = _members(plan)
        if members is not None:
            [path] = plan.source.choices
            self._read(path, value, self.constant(scalars_without(members)))
            self.line(f"if {value} is not None and type({value}) is not dict: raise Unusual")
            self.line(f"{value} = {value} or None")
        else:
            self._source(plan, value)
            self._do(plan, value)
        if plan.default is not None:
            self.line(f"if {value} is None: {value} = {self.constant(plan.default)}")
        elif plan.required:
            self._require(value)

    def _do(self, plan: Plan, value: str) -> None:
        if plan.steps and plan.omit:
            # Whatever a transform raises leaves the field out.
            with self.inside("try:"):
                self._steps(plan, value)
            with self.inside("except Exception:"):
                self.line(f"{value} = None")
        elif plan.steps:
            self._steps(plan, value)

    def _require(self, value: str) -> None:
        self.line(f"if {value} is None: raise Unusual")

    def _source(self, plan: Plan, value: str) -> None:
        source = plan.source
        if source.choices:
            # Steps read a value and give another: it needs no copy before them.
            prune = "pruned_to_read" if plan.steps else "pruned"
            first, *others = source.choices
            self._read(first, value, prune)
            for path in others:
                with self.inside(f"if {value} is None:"):
                    self._read(path, value, prune)
        elif source.constant is not None:
            self.line(f"{value} = {self.constant(source.constant)}")
        elif source.shape == "list":
            self.line(f"{value} = []")
            for part in source.parts:
                item = self.field(part)
                self.line(f"if {item} is not None: {value}.append({item})")
            self.line(f"if not {value}: {value} = None")
        else:
            self.line(f"{value} = {self.object(source.parts)} or None")

    def _read(self, path: Path, value: str, prune: str) -> None:
        if path.root == "params":
            self.line(f"{value} = {self.constant(self._params.get(str(path.steps[0])))}")
            return self._judge(value, prune)
        found = self.root(path.root)
        for depth, step in enumerate(path.steps):
            name = self.constant(step)
            if isinstance(step, int):
                fits = f"type({found}) is list and len({found}) > {name}"
                self.line(f"{value} = {found}[{name}] if {fits} else None")
            elif depth:
                self.line(f"{value} = {found}.get({name}) if type({found}) is dict else None")
            else:  # a root with something inside is an object, whatever was sent
                self.line(f"{value} = {found}.get({name})")
            found = value
        if not path.steps:
            self.line(f"{value} = {found}")
        return self._judge(value, prune)

    def _judge(self, value: str, other: str) -> None:
        """None for what is no value; `other` names the function for what is no text."""
        # Text first: it is the commonest, and a call would cost more than the question.
        with self.inside(f"if type({value}) is str:"):
            self.line(f"if not {value} or {value}.isspace(): {value} = None")
        self.line(
            f"elif {value} is not None and type({value}) is not int: {value} = {other}({value})"
        )

    def _steps(self, plan: Plan, value: str) -> None:
        on_text = [step.on_text for step in plan.steps if step.on_text is not None]
        if len(on_text) == len(plan.steps):
            # A line for each: Python reads calls inside each other two hundred deep and no deeper.
            with self.inside(f"if type({value}) is str:"):
                for function in on_text:
                    self.line(f"{value} = {self.constant(function)}({value})")
            steps = self.constant(plan.apply)
            self.line(f"elif {value} is not None: {value} = {steps}({value}, None)")
        elif len(plan.steps) == 1:
            with self.inside(f"if {value} is not None:"):
                self.line(f"{value} = {self.constant(plan.steps[0].run)}({value})")
                self._judge(value, "sound")
        else:
            steps = self.constant(plan.apply)
            self.line(f"if {value} is not None: {value} = {steps}({value}, None)")


def _members(plan: Plan) -> frozenset[str] | None:
    """The keys that are left out where all that is done is to choose scalars of one object."""
    kept = [step.members for step in plan.steps]
    if plan.omit or len(plan.source.choices) != 1 or None in kept:
        return None
    if not any(each.scalars for each in kept if each):
        return None
    return frozenset().union(*(each.without for each in kept if each))


def _has_lines(plan: Plan) -> bool:
    source = plan.source
    return bool(source.choices) or source.constant is not None or source.shape in _SHAPES
