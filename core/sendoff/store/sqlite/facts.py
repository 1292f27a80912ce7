"""What is remembered of somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import apsw
import msgspec

from sendoff.store.facts import merged
from sendoff.store.sqlite import damage

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sendoff.store.promise import Fact
    from sendoff.store.sqlite.tables import Tables


_UNKNOWN: Final = object()

# A cross join is done from left to right: else SQLite may go through all facts of the kind.
_KNOWN: Final = (
    "SELECT facts.key, facts.value FROM carray(?) AS wanted"
    " CROSS JOIN facts ON kind = ? AND facts.key = CAST(wanted.value AS TEXT)"
)


def known(tables: Tables, kind: str, keys: Sequence[str]) -> dict[str, Any]:
    """Those of these keys that are known."""
    if not keys:
        return {}
    # As bytes: a text ends at its first NUL there.
    rows: Any = tables.db.execute(_KNOWN, (apsw.carray(tuple(map(str.encode, keys))), kind))
    with damage.reading("facts"):
        return {key: msgspec.msgpack.decode(value) for key, value in rows}


def remember(tables: Tables, facts: Sequence[Fact]) -> None:
    """Add facts, one after the other."""
    by_kind: dict[str, list[Fact]] = {}
    for fact in _news(facts, tables.fresh.facts):
        by_kind.setdefault(fact.kind, []).append(fact)
    for kind, some in by_kind.items():
        before = _known_before(tables, kind, {fact.key for fact in some})
        after = dict(before)
        for fact in some:
            after[fact.key] = merged(after.get(fact.key), fact.value)
        tables.db.executemany(
            "INSERT OR REPLACE INTO facts VALUES(?, ?, ?)",
            [
                (kind, key, msgspec.msgpack.encode(value))
                for key, value in after.items()
                if key not in before or value != before[key]
            ],
        )
        tables.fresh.know(kind, after.items())


def _news(facts: Sequence[Fact], known: Mapping[tuple[str, str], Any]) -> list[Fact]:
    """Those that may say something new: most events say of a person what the last one said."""
    news: list[Fact] = []
    changing = set()
    for fact in facts:
        place = (fact.kind, fact.key)
        if place in changing or known.get(place, _UNKNOWN) != fact.value:
            changing.add(place)
            news.append(fact)
    return news


def _known_before(tables: Tables, kind: str, keys: Collection[str]) -> dict[str, Any]:
    fresh = tables.fresh.facts
    before = {key: fresh[kind, key] for key in keys if (kind, key) in fresh}
    if len(before) < len(keys):
        before |= known(tables, kind, [key for key in keys if key not in before])
    return before


def forget(tables: Tables, kind: str, key: str) -> None:
    """Forget a fact, if it is known."""
    tables.db.execute("DELETE FROM facts WHERE kind = ? AND key = ?", (kind, key))
    tables.fresh.facts.pop((kind, key), None)
