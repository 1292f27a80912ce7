"""What tells one event from another: its key, and whether it was there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sendoff.event import bears_message_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


@dataclass(frozen=True, slots=True)
class Identity:
    """An event's key.

    `duplicate_of` is the number of the event it repeats; `reused` tells that its message id had
    stood for another content before.
    """

    key: str
    duplicate_of: int | None = None
    reused: bool = False


def candidate_keys(event: Event, digest: bytes, fallback_key: str) -> tuple[str, str]:
    """The keys an event may go by: the plain one, and the one for a key used again.

    The plain key is the message id. Without one it is the fallback that its source gave (a file:
    the content and its occurrence in that file; HTTP: a fresh one), else the content.
    """
    return _candidates(event.message_id or fallback_key or f"content:{digest.hex()}", digest)


def keys_of_no_event(body: bytes, digest: bytes, fallback_key: str) -> tuple[str, str]:
    """The keys of a message that is no event.

    With a message id it is known by its content, of which the id is a part: two that differ are
    never one. Without, the fallback tells it apart, as for an event.
    """
    content = f"content:{digest.hex()}"
    own = content if bears_message_id(body) else fallback_key or content
    return _candidates(f"invalid:{own}", digest)


def _candidates(plain: str, digest: bytes) -> tuple[str, str]:
    if plain.startswith(_REUSED):
        # No message id may pass for the key of another event.
        plain = f"{_REUSED}{plain}"
    return plain, f"{_REUSED}{digest.hex()}:{plain}"


def identify(keys: Sequence[str], digest: bytes, earlier: Mapping[str, Known]) -> Identity:
    """Which key an event goes by, given what was decided earlier under its candidate keys.

    The same key with the same content is a duplicate; with another content it is a new event.
    """
    for key in keys:
        reused = key != keys[0]
        found = earlier.get(key)
        if found is None:
            return Identity(key, reused=reused)
        if found.digest == digest:
            return Identity(key, duplicate_of=found.number, reused=reused)
    return Identity(keys[-1], reused=True)
