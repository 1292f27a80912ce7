"""What crosses the socket of a store: frames of MessagePack, each with its length before it.

The client greets first, the server answers with its own greeting or a failure. Then each call has
a number, and gets one answer or failure with that number, in whatever order they come about. A call
taken back is answered too: whoever sees the answer knows that nothing more will come of it.
"""

from __future__ import annotations

import asyncio
import os
from importlib.metadata import version
from typing import Final

import msgspec

from sendoff.store.failures import StoreError

PROTOCOL: Final = 1
"""Raised with every change of the promise, or of these frames, that the other side would miss."""

MAX_FRAME: Final = 64 * 1024 * 1024
"""Bytes of the largest frame: who announces more speaks another language, and is not listened to.

The largest event has one MiB, so that a batch of fifty passes whatever is in it.
"""

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are not what they should be."""

_LENGTH: Final = 4


class Greeting(msgspec.Struct, tag="hello", array_like=True, frozen=True):
    """Who speaks: the version of the frames, and that of sendoff, for messages."""

    protocol: int
    version: str
    pid: int


class Call(msgspec.Struct, tag="call", array_like=True, frozen=True):
    """A method of the promise, with its arguments in the order of its signature."""

    number: int
    method: str
    arguments: msgspec.Raw


class TakeBack(msgspec.Struct, tag="take back", array_like=True, frozen=True):
    """The caller was cancelled."""

    number: int


class Answer(msgspec.Struct, tag="answer", array_like=True, frozen=True):
    """What a call gave."""

    number: int
    value: msgspec.Raw


class Failure(msgspec.Struct, tag="failure", array_like=True, frozen=True):
    """What a call raised: a kind of error that both sides know, with its text for people.

    The failure number 0 is about the connection: a greeting that was refused.
    """

    number: int
    kind: str
    text: str


Frame = Greeting | Call | TakeBack | Answer | Failure

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final[msgspec.msgpack.Decoder[Frame]] = msgspec.msgpack.Decoder(Frame)


class Garbled(Exception):  # noqa: N818 - never raised to a user; a state of the connection
    """What came is no frame; its text says why, and holds nothing of what came."""


class TooLong(StoreError):  # noqa: N818 - as its kin
    """What should be sent does not fit into a frame."""


def own_greeting() -> Greeting:
    """Who speaks here."""
    return Greeting(PROTOCOL, version("sendoff"), os.getpid())


def raw(value: object) -> msgspec.Raw:
    """A value as it crosses. Raises StoreError for what has no form there."""
    try:
        return msgspec.Raw(_encoder.encode(value))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise StoreError(
            f"something that was given to the store cannot cross to the process that holds it: "
            f"{type(error).__name__} (give texts, numbers of 64 bits, lists and mappings)"
        ) from None


def packed(frame: Frame) -> bytes:
    """A frame, ready to be written. Raises TooLong."""
    body = _encoder.encode(frame)
    if len(body) > MAX_FRAME:
        raise TooLong(
            f"more than {MAX_FRAME >> 20} MiB would cross at once to or from the process that "
            f"holds the store (give or ask for fewer at once)"
        )
    return len(body).to_bytes(_LENGTH, "big") + body


async def read(stream: asyncio.StreamReader) -> Frame | None:
    """The next frame; None at the end of the stream. Raises Garbled."""
    try:
        length = int.from_bytes(await stream.readexactly(_LENGTH), "big")
        if length > MAX_FRAME:
            raise Garbled(f"a frame of {length} bytes was announced, the limit is {MAX_FRAME}")
        return _decoder.decode(await stream.readexactly(length))
    except (asyncio.IncompleteReadError, OSError):
        return None  # nobody can tell an end from a break, nor does anything differ after them
    except UNREADABLE:
        raise Garbled("a frame could not be read") from None
