"""A route put into the text of a pipeline file, with not one other byte changed.

A YAML writer that keeps comments still lays the whole file out anew. So the place is found by the
marks of the parser, and lines are put in there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import yaml

from sendoff.documents import read_document
from sendoff.errors import ConfigurationError, UsageError
from sendoff.pipeline_file.scalars import block, flow, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BY_HAND: Final = "add the route with an editor: the file is as it was"


@dataclass(frozen=True, slots=True)
class _Routes:
    """Where the mapping of routes is, in characters: `keys` the names, `end` behind the last route.

    `column` is how far the names are indented; `open_end` tells that it ends with a block of text,
    to which every further line could belong.
    """

    in_flow: bool
    keys: tuple[int, ...]
    column: int
    end: int
    open_end: bool


def with_route(text: bytes, file: str, name: str, route: Mapping[str, Any]) -> bytes:
    """The text of a pipeline file with one route more, behind the others.

    What was there stays, byte for byte. Raises ConfigurationError for a file that cannot be read,
    and UsageError for a name that is taken, or where the file is laid out in a way that the result
    would not be what is wanted: all of what it said before, and the new route.
    """
    old = read_document(text, file)
    routes = old.value.get("routes")
    if not isinstance(routes, dict) or not routes:
        raise UsageError(f"{file}: there are no `routes` to add one to ({_BY_HAND})")
    if name in routes:
        raise UsageError(f"there is a route `{name}` already (choose another name)")
    wanted = {**old.value, "routes": {**routes, name: dict(route)}}
    changed = _inserted(text.decode(), name, route).encode()
    try:
        kept = _same(read_document(changed, file).value, wanted)
    except ConfigurationError:
        kept = False
    if not kept:
        raise UsageError(f"{file}: no place was found behind its last route ({_BY_HAND})")
    return changed


def _inserted(text: str, name: str, route: Mapping[str, Any]) -> str:
    routes = _routes(text)
    if routes.in_flow:
        rest = text[routes.end :]
        return f"{text[: routes.end]}, {scalar(name)}: {flow(dict(route))}{rest}"
    at = _line_after(text, routes.end, routes.column)
    found = _BREAK.search(text)
    line_end = found[0] if found else "\n"
    lines = list(block({name: dict(route)}, " " * routes.column))
    if not routes.open_end and _are_spaced(text, routes.keys):
        lines.insert(0, "")
    if at == len(text) and not text.endswith(("\n", "\r")):
        return text + "".join(line_end + each for each in lines)
    return text[:at] + "".join(each + line_end for each in lines) + text[at:]


def _routes(text: str) -> _Routes:
    """Where the routes are; the text is known to be a document with some."""
    events = iter(yaml.parse(text, Loader=yaml.SafeLoader))
    start: Any = _start(events)  # the parser's marks are always there
    keys: list[Any] = []
    last = start
    for key in events:
        if isinstance(key, yaml.MappingEndEvent):
            break
        keys.append(key)
        *_others, last = _value(events, next(events))
    open_end = isinstance(last, yaml.ScalarEvent) and last.style in ("|", ">")
    return _Routes(
        bool(start.flow_style), tuple(each.start_mark.index for each in keys),
        keys[0].start_mark.column, last.end_mark.index, open_end,
    )  # fmt: skip


def _start(events: Iterator[Any]) -> yaml.MappingStartEvent:
    """The event that begins the mapping of routes."""
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            break
    for key in events:
        value = next(events, None)
        if isinstance(key, yaml.ScalarEvent) and key.value == "routes":
            if isinstance(value, yaml.MappingStartEvent):
                return value
            break
        for _part in _value(events, value):
            pass
    raise UsageError(f"`routes` is written elsewhere, and named here ({_BY_HAND})")


def _value(events: Iterator[Any], first: Any) -> Iterator[Any]:
    """The events of a value that stand where they say: a block's end does not."""
    styles: list[bool] = []
    event = first
    while True:
        if isinstance(event, yaml.CollectionStartEvent):
            styles.append(bool(event.flow_style))
            yield event
        elif not isinstance(event, yaml.CollectionEndEvent) or styles.pop():
            yield event
        if not styles:
            return
        event = next(events)


def _line_after(text: str, at: int, column: int) -> int:
    """Where the next line begins; comments that are indented like the inside of a route are its."""
    if at and text[at - 1] not in "\r\n":
        at = _next_line(text, at)
    while at < len(text):
        end = _next_line(text, at)
        line = text[at:end]
        comment = line.lstrip(" ")
        if not comment.startswith("#") or len(line) - len(comment) <= column:
            break
        at = end
    return at


def _next_line(text: str, at: int) -> int:
    found = _BREAK.search(text, at)
    return found.end() if found else len(text)


def _are_spaced(text: str, keys: tuple[int, ...]) -> bool:
    """Whether the routes stand apart from each other by a blank line."""
    between = text[keys[0] : keys[-1]]
    return any(not line.strip() for line in _BREAK.split(between)[1:-1])


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON-able values are the same, the order of keys and the kinds of numbers too."""
    return msgspec.json.encode(one) == msgspec.json.encode(other)
