"""The toxics: Toxiproxy's, with its names and attributes, and two of our own for HTTP answers.

Times are seconds here, where Toxiproxy has milliseconds (and microseconds for its slicer).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar

from sendoff.errors import UsageError
from sendoff.testing.faults.kinds import BYTES, RATE, SECONDS, SIZE
from sendoff.testing.faults.toxic import AnswerToxic, Hangup, StreamToxic, Toxic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.testing.faults.toxic import Passage, Pieces

_BANDWIDTH_STEP = 0.05  # seconds' worth of bytes that pass at once
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Latency(StreamToxic):
    """Delays what passes, once each time the direction of the traffic turns.

    So a request, or an answer, waits once, however many pieces it comes in.
    """

    type: ClassVar[str] = "latency"
    meaning: ClassVar[str] = "each request or answer starts later"
    latency: Annotated[float, SECONDS, "how much later"]
    jitter: Annotated[float, SECONDS, "up to this much more or less, by chance"] = 0.0

    async def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Pass the same bytes, later."""
        delayed = 0
        async for piece in pieces:
            if passage.turns.count != delayed:
                delayed = passage.turns.count
                await passage.sleep(max(0.0, self.latency + self._jitter(passage)))
            yield piece

    def _jitter(self, passage: Passage) -> float:
        return passage.rng.uniform(-self.jitter, self.jitter) if self.jitter else 0.0


@dataclass(frozen=True, kw_only=True)
class Bandwidth(StreamToxic):
    """Lets bytes pass no faster than `rate`."""

    type: ClassVar[str] = "bandwidth"
    meaning: ClassVar[str] = "bytes pass no faster than this"
    rate: Annotated[float, RATE, "how fast"]

    async def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Pass the same bytes in small parts, each after the time it takes."""
        rate = self.rate * 1000
        step = max(1, int(rate * _BANDWIDTH_STEP))
        async for piece in pieces:
            for start in range(0, len(piece), step):
                part = piece[start : start + step]
                await passage.sleep(len(part) / rate)
                yield part


@dataclass(frozen=True, kw_only=True)
class SlowClose(StreamToxic):
    """Passes the end of a stream on late; the connection keeps it in mind until the next request.

    The waiting is the connection's work: an end comes after the last message.
    """

    type: ClassVar[str] = "slow_close"
    meaning: ClassVar[str] = "the other side's close arrives later"
    delay: Annotated[float, SECONDS, "how much later"]

    async def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Pass the same bytes."""
        async for piece in pieces:
            yield piece


@dataclass(frozen=True, kw_only=True)
class Timeout(StreamToxic):
    """Lets nothing pass, and closes the connection after a while.

    With 0 it holds the connection open until the toxic is removed, then closes it.
    """

    type: ClassVar[str] = "timeout"
    meaning: ClassVar[str] = "nothing passes; the connection closes after a while"
    timeout: Annotated[float, SECONDS, "after how long; 0: when the toxic is removed"]

    async def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Pass nothing; the wait begins with the first bytes."""
        await anext(pieces, None)
        if self.timeout:
            await passage.sleep(self.timeout)
        else:
            await passage.removed.wait()
        raise Hangup
        yield b""  # makes this a generator


@dataclass(frozen=True, kw_only=True)
class ResetPeer(StreamToxic):
    """Resets the connection (TCP RST) in place of passing anything on."""

    type: ClassVar[str] = "reset_peer"
    meaning: ClassVar[str] = "nothing passes; the connection is reset (TCP RST)"
    timeout: Annotated[float, SECONDS, "how long after the first bytes"] = 0.0

    async def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Pass nothing."""
        await anext(pieces, None)
        await passage.sleep(self.timeout)
        raise Hangup(reset=True)
        yield b""  # makes this a generator


@dataclass(frozen=True, kw_only=True)
class Slicer(StreamToxic):
    """Passes bytes on in small slices, as a bad network does."""

    type: ClassVar[str] = "slicer"
    meaning: ClassVar[str] = "bytes come in small slices"
    average_size: Annotated[int, SIZE, "of a slice"]
    size_variation: Annotated[int, BYTES, "more or less, by chance; below average_size"] = 0
    delay: Annotated[float, SECONDS, "between two slices"] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size_variation >= self.average_size:
            raise UsageError("slicer: size_variation must be below average_size")

    async def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Pass the same bytes, sliced."""
        first = True
        async for piece in pieces:
            start = 0
            while start < len(piece):
                variation = passage.rng.randint(-self.size_variation, self.size_variation)
                end = start + self.average_size + variation
                if not first:
                    await passage.sleep(self.delay)
                yield piece[start:end]
                start, first = end, False


@dataclass(frozen=True, kw_only=True)
class LimitData(StreamToxic):
    """Closes the connection when so many bytes of an exchange have passed, head included."""

    type: ClassVar[str] = "limit_data"
    meaning: ClassVar[str] = "the connection closes once so many bytes have passed"
    bytes: Annotated[int, BYTES, "how many, of one exchange, its head included"]

    async def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Pass the first bytes."""
        left = self.bytes
        async for piece in pieces:
            if left:
                yield piece[:left]
            left -= len(piece)
            if left <= 0:
                raise Hangup


@dataclass(frozen=True, kw_only=True)
class LostAnswer(AnswerToxic):
    """Reads the answer to its end, so that the server has done its work, then hangs up.

    The client gets nothing: it cannot know whether its request worked.
    """

    type: ClassVar[str] = "lost_answer"
    meaning: ClassVar[str] = "the server does its work, and its answer never arrives"

    async def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Pass nothing, and hang up at the end of the answer."""
        async for _ in pieces:
            pass
        raise Hangup(reset=self.reset)
        yield b""  # makes this a generator


@dataclass(frozen=True, kw_only=True)
class CutAnswer(AnswerToxic):
    """Passes the answer's head and the first bytes of its body, then hangs up."""

    type: ClassVar[str] = "cut_answer"
    meaning: ClassVar[str] = "the answer breaks off in its body"
    bytes: Annotated[int, BYTES, "of the body that still arrive"] = 0

    async def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Pass the beginning of the answer, in one piece."""
        answer, end = b"", None
        async for piece in pieces:
            answer += piece
            head, found, _ = answer.partition(_HEAD_END)
            if found:
                end = len(head) + len(found) + self.bytes
                if len(answer) >= end:
                    break
        yield answer[:end]
        raise Hangup(reset=self.reset)


@dataclass(frozen=True, kw_only=True)
class Down(Toxic):
    """The service is not there: connections are refused, open ones reset, until it is removed."""

    type: ClassVar[str] = "down"
    meaning: ClassVar[str] = "nobody listens: connections are refused, open ones are reset"


TOXICS: Mapping[str, type[Toxic]] = MappingProxyType(
    {
        toxic.type: toxic
        for toxic in (
            Latency,
            Bandwidth,
            SlowClose,
            Timeout,
            ResetPeer,
            Slicer,
            LimitData,
            LostAnswer,
            CutAnswer,
            Down,
        )
    }
)
"""Every toxic by its type."""
