"""From parser events to plain values with their places, and every problem on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from sendoff.documents.document import Place
from sendoff.documents.excerpt import excerpt, in_quotes
from sendoff.documents.marks import marked
from sendoff.documents.scalars import plain_value, trap
from sendoff.problems import Position, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.events import Event

    from sendoff.documents.scalars import Scalar

MAX_DEPTH = 64
MAX_ALIASES = 20
MAX_ALIASED_VALUES = 20_000

_WRITE_KEYS = "write `key: value` lines"


class _Halt(Exception):  # noqa: N818 - no error: the problem is noted, reading on is pointless
    """Reading ends here."""


class Composition:
    """One reading of one document, from the events of a PyYAML parser.

    `problems` grows while `compose` reads, and stays when the parser raises in the middle.
    """

    def __init__(self, events: Iterator[Event], file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._events = events
        self._anchors: dict[str, tuple[Any, Place] | None] = {}  # None: still being read
        self._aliases = 0
        self._aliased_values = 0

    def compose(self) -> tuple[Any, Place]:
        """The document's value and its places; worthless where there are problems."""
        try:
            return self._document()
        except _Halt:
            return None, Place(Position(self.file, 1, 1))

    def _document(self) -> tuple[Any, Place]:
        next(self._events)  # the start of the stream
        start = next(self._events)
        if not isinstance(start, DocumentStartEvent):
            self._halt_at(Position(self.file, 1, 1), "the file is empty", _WRITE_KEYS)
        if start.version not in (None, (1, 2)):
            self._report(start, "files are read as YAML 1.2", "remove the line `%YAML`")
        first = next(self._events)
        value, place = self._value(first, 1)
        next(self._events)  # the end of the document
        after = next(self._events)
        if isinstance(after, DocumentStartEvent):
            self._halt(after, "a second document begins here", "give it its own file")
        if value is None and not self.problems:
            self._halt_at(Position(self.file, 1, 1), "the file is empty", _WRITE_KEYS)
        if not isinstance(value, dict) and not self.problems:
            self._halt(first, "the file must be a mapping", _WRITE_KEYS)
        return value, place

    def _value(self, event: Event, depth: int) -> tuple[Any, Place]:
        """What `event` begins, read to its end; `depth` is 1 for the whole document."""
        if depth > MAX_DEPTH:
            self._halt(event, f"nested more than {MAX_DEPTH} deep", "make it flatter")
        if isinstance(event, AliasEvent):
            return self._alias(event, depth)
        anchor = self._anchor(event)
        self._refuse_tag(event)
        node: tuple[Any, Place]
        if isinstance(event, ScalarEvent):
            node = self._scalar(event), Place(self._position(event))
        elif isinstance(event, MappingStartEvent):
            node = self._mapping(event, depth)
        else:
            node = self._sequence(event, depth)
        if anchor:
            self._anchors[anchor] = node
        return node

    def _sequence(self, start: Event, depth: int) -> tuple[list[Any], Place]:
        values: list[Any] = []
        places: dict[str | int, Place] = {}
        while not isinstance(event := next(self._events), SequenceEndEvent):
            value, places[len(values)] = self._value(event, depth + 1)
            values.append(value)
        return values, Place(self._position(start), inside=places)

    def _mapping(self, start: Event, depth: int) -> tuple[dict[str, Any], Place]:
        values: dict[str, Any] = {}
        keys: dict[str, Position] = {}
        places: dict[str | int, Place] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, depth + 1)
            value, place = self._value(next(self._events), depth + 1)
            if key in keys:
                message = f"`{excerpt(key)}` is written twice, first on line {keys[key].line}"
                self._report(event, message, "keep one of them")
            elif key is not None:
                values[key], places[key], keys[key] = value, place, self._position(event)
        return values, Place(self._position(start), keys, places)

    def _key(self, event: Event, depth: int) -> str | None:
        """The key's text; None, and a problem, for one that is none."""
        if isinstance(event, ScalarEvent) and event.value == "<<" and not event.style:
            self._report(event, "merge keys are refused", "write the keys out")
            return None
        value, _ = self._value(event, depth)
        if not isinstance(event, ScalarEvent):
            self._report(event, "a key must be text", "write the key out")
            return None
        if not isinstance(value, str):
            text = event.value
            self._report(event, f"the key `{text}` is not text", f"quote it: {in_quotes(text)}")
            return None
        return value

    def _scalar(self, event: ScalarEvent) -> Scalar:
        text = event.value
        if event.style:
            return self._joined(event)
        if problem := trap(text):
            self._report(event, problem, f"quote it: {in_quotes(text)}")
            return text
        return plain_value(text)

    def _joined(self, event: ScalarEvent) -> str:
        r"""The text with JSON's pairs of escapes (`\ud83d\ude00`) made one character."""
        try:
            return event.value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            self._report(
                event,
                r"half of a pair of `\u` escapes is no character",
                "write the character itself",
            )
            return ""

    def _anchor(self, event: Event) -> str | None:
        if not isinstance(event, NodeEvent) or event.anchor is None:
            return None
        if event.anchor in self._anchors:
            self._report(event, f"the anchor `&{event.anchor}` is written twice", "rename one")
        self._anchors[event.anchor] = None
        return event.anchor

    def _refuse_tag(self, event: Event) -> None:
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            fix = "remove the `!…`, or put text that begins with `!` in quotes"
            tag = event.tag.replace("tag:yaml.org,2002:", "!!", 1)
            self._report(event, f"the tag `{excerpt(tag)}` is refused", fix)

    def _alias(self, event: AliasEvent, depth: int) -> tuple[Any, Place]:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            self._halt(event, f"more than {MAX_ALIASES} aliases", "write the values out")
        name = event.anchor or ""
        node = self._anchors.get(name)
        if node is not None:
            value, place = node
            return self._copy(value, event, depth), place
        if name in self._anchors:
            message = f"the alias `*{name}` stands inside the value it names"
            self._report(event, message, "write the value out")
        else:
            fix = f"put `&{name}` before the value it means, or quote text that begins with `*`"
            self._report(event, f"the alias `*{name}` has no anchor", fix)
        return None, Place(self._position(event))

    def _copy(self, value: Any, alias: Event, depth: int) -> Any:
        """A value of its own for an alias, so that nobody changes two places at once."""
        self._aliased_values += 1
        if self._aliased_values > MAX_ALIASED_VALUES:
            message = f"the aliases stand for more than {MAX_ALIASED_VALUES} values"
            self._halt(alias, message, "write fewer of them")
        if depth > MAX_DEPTH:
            self._halt(alias, f"nested more than {MAX_DEPTH} deep", "make it flatter")
        if isinstance(value, dict):
            return {key: self._copy(each, alias, depth + 1) for key, each in value.items()}
        if isinstance(value, list):
            return [self._copy(each, alias, depth + 1) for each in value]
        return value

    def _position(self, event: Event) -> Position:
        return marked(event.start_mark, self.file)

    def _report(self, event: Event, message: str, fix: str) -> None:
        self.problems.append(Problem(self._position(event), message, fix))

    def _halt(self, event: Event, message: str, fix: str) -> NoReturn:
        self._halt_at(self._position(event), message, fix)

    def _halt_at(self, position: Position, message: str, fix: str) -> NoReturn:
        self.problems.append(Problem(position, message, fix))
        raise _Halt
