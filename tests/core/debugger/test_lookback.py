"""The journal read backwards."""

from __future__ import annotations

from typing import Any

from sendoff.debugger.lookback import backwards, newest_number


async def numbers(site: Any, last: int) -> list[list[int]]:
    return [[each["n"] for each in page] async for page in backwards(site.sendoff.store, last)]


async def test_an_empty_journal_has_no_pages(site: Any) -> None:
    assert await newest_number(site.sendoff.store) == 0
    assert await numbers(site, 0) == []


async def test_every_record_comes_once_the_newest_page_first(site: Any) -> None:
    await site.sendoff.store.note([{"kind": "hold", "n": n} for n in range(1, 46)])
    assert await newest_number(site.sendoff.store) == 45
    pages = await numbers(site, 45)
    assert pages == [[*range(26, 46)], [*range(6, 26)], [*range(1, 6)]]
    assert await numbers(site, 3) == [[1, 2, 3]]


async def test_what_the_journal_has_forgotten_ends_it(site: Any) -> None:
    await site.sendoff.store.note([{"kind": "hold", "n": n} for n in range(1, 10_011)])
    pages = await numbers(site, 10_010)
    found = [each for page in pages for each in page]
    assert (len(found), min(found)) == (10_000, 11)
