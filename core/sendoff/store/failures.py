"""What can go wrong with a store that outlives its process, in words for the person who runs it."""

from __future__ import annotations

from sendoff.errors import SendoffError


class StoreError(SendoffError):
    """The store cannot do what it was asked; nothing of it was acknowledged."""


class StoreFull(StoreError):  # noqa: N818 - the house's words: what happened
    """There is no room: the disk is full, or the store has the size it may have.

    Nothing is lost: what was not taken was not acknowledged, and what waits goes on its way.
    """


class StoreDamaged(StoreError):  # noqa: N818 - as above
    """The file holds something that no store wrote."""


class StoreInUse(StoreError):  # noqa: N818 - as above
    """Another process has the store."""
