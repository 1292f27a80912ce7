"""Events from a file or a stream: one JSON message a line, read in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from sendoff.errors import UsageError
from sendoff.event import MAX_BYTES, bears_message_id, content_digest
from sendoff.store.promise import Incoming

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK: Final = 65_536
"""Bytes asked of a stream at a time."""

OCCURRENCES_KEPT: Final = 200_000
"""Different contents without a message id that are told apart by counting."""

# One more than the limit makes an event too large; the other may be a carriage return.
_KEPT: Final = MAX_BYTES + 2

_NOT_LINES: Final = {
    b"\x1f\x8b": ("gzip", "unpack it: `gunzip -c FILE | sendoff … -`"),
    b"\x28\xb5\x2f\xfd": ("zstd", "unpack it: `zstd -dc FILE | sendoff … -`"),
    b"PK\x03\x04": ("a zip archive", "unpack it first"),
    b"\xff\xfe": ("UTF-16", "save it as UTF-8"),
    b"\xfe\xff": ("UTF-16", "save it as UTF-8"),
}


class Readable(Protocol):
    """What lines are read from; `read` gives what there is, at most `size` bytes, b"" at the end.

    An unbuffered file is one. A buffered one would wait until a whole block is there.
    """

    def read(self, size: int, /) -> bytes | None:
        """The next bytes."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank. `number` counts every line of the input, from 1.

    Of a line longer than an event may be, `body` is the start: still too long to be an event.
    `fallback_key` is the event's key should it carry no message id.
    """

    number: int
    body: bytes
    fallback_key: str = ""

    @property
    def incoming(self) -> Incoming:
        """The message as a store takes it."""
        return Incoming(self.body, self.fallback_key)


def read_lines(stream: Readable) -> Iterator[Line]:
    """The lines of a stream that are not blank; see `read_batches`."""
    for batch in read_batches(stream):
        yield from batch


def read_batches(stream: Readable) -> Iterator[list[Line]]:
    """The lines of a stream, those of each read together, so that none waits for the next.

    Only a line feed ends a line, a carriage return before it is dropped, and the last line needs
    none. Memory stays bounded whatever the lines are like. Raises UsageError for a stream that
    begins like a compressed file or UTF-16.
    """
    occurrences = Occurrences()
    splitter = _Splitter()
    while block := stream.read(BLOCK):
        if splitter.at_start:
            _require_text(block)
        yield [_line(number, body, occurrences) for number, body in splitter.feed(block)]
    yield [_line(number, body, occurrences) for number, body in splitter.end()]


def shape_hint(first: bytes) -> str:
    """What to do when the first line shows that events are not one a line; empty if it does not."""
    start = first.strip()
    if start.startswith(b"["):
        return "this looks like a JSON array: `jq -c '.[]' FILE` writes one event a line"
    goes_on = start.endswith((b"{", b"[", b",")) and not start.endswith(b"},")
    if start.startswith(b"{") and goes_on:
        return "this looks like JSON over several lines: `jq -c . FILE` writes one event a line"
    return ""


class Occurrences:
    """Tells events without a message id apart: by their content, and how often it came before.

    So the same file read again gives the same keys, and two equal lines are two events. Of at
    most `kept` contents the count is remembered; a line whose content is not goes by its number,
    which holds for as long as nothing is inserted before it.
    """

    def __init__(self, kept: int = OCCURRENCES_KEPT) -> None:
        self._kept = kept
        self._seen: dict[bytes, int] = {}

    def key(self, number: int, body: bytes) -> str:
        """The key of a line; empty where the event bears an id."""
        if bears_message_id(body):
            return ""
        digest = content_digest(body)
        before = self._seen.get(digest, 0)
        if not before and len(self._seen) >= self._kept:
            return f"content:{digest.hex()}:line:{number}"
        self._seen[digest] = before + 1
        return f"content:{digest.hex()}:{before + 1}"


class _Splitter:
    """Cuts blocks into lines; of a line that has begun it keeps no more than an event may have."""

    def __init__(self) -> None:
        self._number = 0
        self._begun: list[bytes] = []
        self._room = _KEPT
        self.at_start = True

    def feed(self, block: bytes) -> Iterator[tuple[int, bytes]]:
        """The lines that a block ends, with their numbers."""
        self.at_start = False
        *ended, begun = block.split(b"\n")
        for part in ended:
            self._begin(part)
            yield from self._finish()
        self._begin(begun)

    def end(self) -> Iterator[tuple[int, bytes]]:
        """The last line, where no line feed ended it."""
        if self._begun:
            yield from self._finish()

    def _begin(self, part: bytes) -> None:
        if part and self._room:
            kept = part[: self._room]
            self._begun.append(kept)
            self._room -= len(kept)

    def _finish(self) -> Iterator[tuple[int, bytes]]:
        self._number += 1
        body = b"".join(self._begun).removesuffix(b"\r")
        if self._number == 1:
            body = body.removeprefix(b"\xef\xbb\xbf")
        self._begun.clear()
        self._room = _KEPT
        # The rest of a line that was cut is not known to be blank.
        if len(body) > MAX_BYTES or body.strip():
            yield self._number, body


def _line(number: int, body: bytes, occurrences: Occurrences) -> Line:
    return Line(number, body, occurrences.key(number, body))


def _require_text(block: bytes) -> None:
    for start, (name, fix) in _NOT_LINES.items():
        if block.startswith(start):
            raise UsageError(f"the events are not lines of JSON but {name} ({fix})")
