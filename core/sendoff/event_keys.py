"""What tells one event from another: its key, and whether it was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from sendoff.event import bears_message_id, content_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.event import Event


class Known(Protocol):
    """An event that was decided under some key: its number, and the digest of its content."""

    @property
    def number(self) -> int:
        """Which event it was, counted by the store."""

    @property
    def digest(self) -> bytes:
        """Of its content, as `content_digest` gives it."""


_REUSED = "reused:"
"""What the key of an event begins with whose message id stood for other content; no other does
but one that begins with it twice.
"""


class Identity(msgspec.Struct, frozen=True, gc=False):
    """An event's key.

    `duplicate_of` is the number of the event it repeats; `reused` tells that its message id had
    stood for another content before.
    """

    key: str
    duplicate_of: int | None = None
    reused: bool = False


def plain_key(event: Event, body: bytes, fallback_key: str) -> str:
    """The key an event goes by unless that stood for other content before.

    It is the message id. Without one it is the fallback that its source gave (a file: the content
    and its occurrence in that file; HTTP: a fresh one), else the content of `body`.
    """
    plain = event.message_id or fallback_key or _content_key(body)
    # No message id may pass for the key of another event.
    return f"{_REUSED}{plain}" if plain.startswith(_REUSED) else plain


def key_of_no_event(body: bytes, fallback_key: str) -> str:
    """The key of a message that is no event.

    With a message id it is known by its content, of which the id is a part: two that differ are
    never one. Without, the fallback tells it apart, as for an event.
    """
    own = "" if bears_message_id(body) else fallback_key
    return f"invalid:{own or _content_key(body)}"


def _content_key(body: bytes) -> str:
    return f"content:{content_digest(body).hex()}"


def reused_key(plain: str, digest: bytes) -> str:
    """The key of an event of this content whose plain key stood for other content before."""
    return f"{_REUSED}{digest.hex()}:{plain}"


def identify(plain: str, digest: bytes, earlier: Mapping[str, Known]) -> Identity:
    """Which key an event goes by, given what was decided earlier under its two keys.

    The same key with the same content is a duplicate; with another content it is a new event.
    """
    for key in (plain, reused_key(plain, digest)):
        reused = key != plain
        found = earlier.get(key)
        if found is None:
            return Identity(key, reused=reused)
        if found.digest == digest:
            return Identity(key, duplicate_of=found.number, reused=reused)
    return Identity(key, reused=True)
