"""`make bench`: what a request costs the client, beside a bare loop of aiohttp."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from base64 import b64encode
from typing import TYPE_CHECKING

import aiohttp

from measure import Pass, compare
from report import Target, arguments, document, print_table
from sendoff.clock import SystemClock
from sendoff.http import Http
from sendoff.redact import Redactor
from server import answering

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from measure import Candidate

    Post = Callable[[], Awaitable[None]]
    Client = Callable[[str, int, int], Coroutine[None, None, float]]
    """CPU seconds for so many requests to an address, so many at once."""

COUNT = 1000
AT_ONCE = (10, 50)
WARM_UPS = 2
KEY = "key-of-the-benchmark"
CONTACT = json.dumps(
    {
        "name": "John Doe", "email": "john.doe@example.com", "unique_external_id": "user-1",
        "phone": "+447700900123", "job_title": "Engineer", "tags": ["marketing-consent"],
        "custom_fields": {"signup_method": "google"},
    }
).encode()  # fmt: skip
ANSWER = json.dumps({"id": 1, "name": "John Doe", "email": "john.doe@example.com"})
JSON_HEADERS = {"Content-Type": "application/json"}

NAMES = tuple(
    f"{name}, {at_once} at once" for at_once in AT_ONCE for name in ("aiohttp", "sendoff")
)
TARGETS = (
    *(Target(f"sendoff, {n} at once", f"aiohttp, {n} at once", 4.0, at_most=True) for n in AT_ONCE),
    Target("sendoff, 50 at once", "sendoff, 10 at once", 1.3, at_most=True),
)


class OpenGate:
    """Grants every request at once."""

    async def permit(self) -> None:
        pass

    async def observe(self, total: float | None, remaining: float | None) -> None:
        pass


async def by_aiohttp(url: str, count: int, at_once: int) -> float:
    credentials = {"Authorization": f"Basic {b64encode(f'{KEY}:X'.encode()).decode()}"}
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post() -> None:
            headers = JSON_HEADERS | credentials
            async with session.post(url, data=CONTACT, headers=headers) as answer:
                await answer.read()

        return await _spent(post, count, at_once)


async def by_sendoff(url: str, count: int, at_once: int) -> float:
    http = Http(
        gate=OpenGate(), redactor=Redactor([KEY]), record=lambda _exchange: None, timeout=10.0,
        clock=SystemClock(), max_connections=at_once,
    )  # fmt: skip

    async def post() -> None:
        await http.request("POST", url, headers=JSON_HEADERS, content=CONTACT, basic=(KEY, "X"))

    try:
        return await _spent(post, count, at_once)
    finally:
        await http.aclose()


async def _spent(post: Post, count: int, at_once: int) -> float:
    """CPU seconds; the connections are open before."""
    await _all(post, at_once, at_once)
    gc.collect()
    before = time.process_time()
    await _all(post, count, at_once)
    return time.process_time() - before


async def _all(post: Post, count: int, at_once: int) -> None:
    left = iter(range(count))

    async def one_by_one() -> None:
        for _ in left:
            await post()

    await asyncio.gather(*(one_by_one() for _ in range(at_once)))


def candidate(client: Client, url: str, count: int, at_once: int) -> Candidate:
    def run() -> Pass:
        return Pass(asyncio.run(client(url, count, at_once)) / count * 1e6, count)

    return run


def main() -> int:
    """0 whether the targets are met or not."""
    options = arguments(__doc__, COUNT, 9, "requests").parse_args()
    with answering(201, ANSWER) as url:
        address = f"{url}/api/v2/contacts"
        candidates = {
            f"{name}, {at_once} at once": candidate(client, address, options.requests, at_once)
            for at_once in AT_ONCE
            for name, client in (("aiohttp", by_aiohttp), ("sendoff", by_sendoff))
        }
        passes = compare(candidates, warm_ups=WARM_UPS, rounds=options.rounds)
    if options.json:
        print(json.dumps({"requests": options.requests} | document(passes, {}, TARGETS)))
    else:
        print(f"\n{options.requests:,} contacts, one POST each, to a server in another process")
        print_table(NAMES, passes, {}, TARGETS, "CPU time of the client a request")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
