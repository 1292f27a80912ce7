"""Sources that are built of fields: `list`, `each` with `fields`, and `object`.

They are handed the function that compiles a field, since a field may hold them in turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.blueprint import assembly, paths, targets
from sendoff.blueprint.sources import NOTHING, Source
from sendoff.blueprint.values import has_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.fields import Field
    from sendoff.blueprint.trace import Trace

    CompileField = Callable[[targets.Target, Any, At, Compilation], Field]


class Item:
    """The event as it looks from inside `each`: the same, with `item` the element at hand."""

    __slots__ = ("_event", "item")

    def __init__(self, event: Any, item: Any) -> None:
        self._event = event
        self.item = item

    def __getattr__(self, name: str) -> Any:
        return getattr(self._event, name)


def compile_list(
    spelled: Mapping[str, Any], at: At, compilation: Compilation, compile_field: CompileField
) -> Source:
    """`list`: one element per field; those without a value are left out."""
    listed = spelled["list"]
    elements = tuple(
        _part((f"[{index}]",), raw, (*at, "list", index), compilation, compile_field)
        for index, raw in enumerate(listed if isinstance(listed, list) else ())
    )
    plain = [element.run for element in elements]
    traced = [element.traced for element in elements]

    def run(event: Any, trace: Trace | None) -> Any:
        made: list[Any] = []
        for element in plain if trace is None else traced:
            value = element(event, trace)  # type: ignore[arg-type]  # traced only with a trace
            if value is not None:
                made.append(value)
        return made or None

    return Source(run, frozenset({"list"}), _reads(elements), shape="list", parts=elements)


def compile_object(
    spelled: Mapping[str, Any], at: At, compilation: Compilation, compile_field: CompileField
) -> Source:
    """`object`: a mapping of targets to fields."""
    inner = compilation.within(f"{compilation.inside}.")
    fields = _members(spelled["object"], (*at, "object"), inner, compile_field)
    run = assembly.assemble(fields)
    return Source(run, frozenset({"object"}), _reads(fields), shape="object", parts=fields)


def compile_each(
    spelled: Mapping[str, Any], at: At, compilation: Compilation, compile_field: CompileField
) -> Source:
    """`each`: a path to a list, whose every element becomes the object that `fields` map.

    Inside, `item` is the element; one without a value is left out. A value that is no list counts
    as a list of one.
    """
    raw = spelled["each"]
    path = compilation.path(raw, (*at, "each")) if isinstance(raw, str) else None
    inner = compilation.within(f"{compilation.inside}[].", each=True)
    fields = _members(spelled.get("fields"), (*at, "fields"), inner, compile_field)
    if path is None:
        return NOTHING
    get = paths.getter(path, compilation.params)
    make = assembly.assemble(fields)

    def run(event: Any, trace: Trace | None) -> Any:
        found = get(event)
        if trace is not None:
            trace.add("read", path=str(path), value=found)
        made = []
        for item in found if type(found) is list else [found]:
            if has_value(item):
                value = _made(make, Item(event, item), trace)
                if value is not None:
                    made.append(value)
        return made or None

    reads = (path, *_reads(fields))
    return Source(run, frozenset({"list"}), reads, shape="each", parts=fields)


def _made(make: assembly.Run, item: Item, trace: Trace | None) -> Any:
    if trace is None:
        return make(item, None)
    with trace.inside("item", value=item.item):
        return make(item, trace)


def _members(
    raw: Any, at: At, compilation: Compilation, compile_field: CompileField
) -> tuple[Field, ...]:
    fields = []
    for name, spelled in raw.items() if isinstance(raw, dict) else ():
        target = compilation.target(name, (*at, name))
        if target is not None:
            fields.append(_part(target, spelled, (*at, name), compilation, compile_field))
    assembly.check_overlap(fields, compilation)
    return tuple(fields)


def _part(
    target: targets.Target, raw: Any, at: At, compilation: Compilation, compile_field: CompileField
) -> Field:
    if isinstance(raw, dict) and "write" in raw:
        message = "`write` is for a whole target, and this is a part of one"
        compilation.problem((*at, "write"), message, "move it out")
    return compile_field(target, raw, at, compilation)


def _reads(fields: tuple[Field, ...]) -> tuple[paths.Path, ...]:
    return tuple(path for field in fields for path in field.reads)
