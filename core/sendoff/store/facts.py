"""What is remembered of somebody, and how something new is added to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sendoff.store.promise import Fact


def merged(known: Any, new: Any) -> Any:
    """A fact with what is new of it: mappings key by key, the new one winning; else the new."""
    # Most are new, and to ask of anything whether it is a mapping takes long.
    if known is not None and isinstance(known, Mapping) and isinstance(new, Mapping):
        return {**known, **new}
    return new


class Facts:
    """Facts by kind and key."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[str, Any]] = {}

    def known(self, kind: str, keys: Sequence[str]) -> dict[str, Any]:
        """Those of these keys that are known."""
        facts = self._kinds.get(kind, {})
        return {key: facts[key] for key in keys if key in facts}

    def remember(self, facts: Iterable[Fact]) -> None:
        """Add facts, one after the other."""
        for fact in facts:
            kind = self._kinds.setdefault(fact.kind, {})
            kind[fact.key] = merged(kind.get(fact.key), fact.value)

    def forget(self, kind: str, key: str) -> None:
        """Forget a fact, if it is known."""
        self._kinds.get(kind, {}).pop(key, None)
