"""Errors as they cross: a kind that both sides know, and a text for people. Nothing else."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from sendoff.errors import SendoffError, UsageError
from sendoff.store.failures import StoreDamaged, StoreError, StoreFull, StoreInUse

_KINDS: Final = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (SendoffError, UsageError, StoreError, StoreFull, StoreDamaged, StoreInUse)
    }
)


def kind_of(error: SendoffError) -> str:
    """The nearest kind that crosses."""
    return next(each.__name__ for each in type(error).__mro__ if each.__name__ in _KINDS)


def error_of(kind: str, text: str) -> SendoffError:
    """The error of a kind; one of a kind that is not known here is one of the store."""
    return _KINDS.get(kind, StoreError)(text)
