"""`make bench`: events taken over HTTP and kept durably, beside a bare application that parses."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import usage
from measure import Pass, compare
from report import Target, arguments, document, print_table
from server import answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from measure import Candidate

    Serving = Callable[[], AbstractContextManager[tuple[str, int]]]

COUNT = 20_000
BATCH = 100
CONNECTIONS = (8, 32)
WARM_UPS = 1
WARMING = 5 * BATCH
KEY = "benchmark-write-key"
BARE = "starlette, json()"
SENDOFF = "sendoff serve, durable"
NAMES = tuple(f"{name}, {lines}" for lines in CONNECTIONS for name in (BARE, SENDOFF))
# At least half the events a second: the time of an event is the other way round.
TARGETS = tuple(
    Target(f"{BARE}, {lines}", f"{SENDOFF}, {lines}", 0.5, at_most=False) for lines in CONNECTIONS
)

SERVER = f'server: {{listen: "127.0.0.1:0", write_keys: [{KEY}]}}\n'
_ADDRESS = re.compile(rb"http://(127\.0\.0\.1):(\d+)")


def requests(lines: Sequence[bytes]) -> list[bytes]:
    """Requests of 100 events each, as Segment's SDK for Python sends them."""
    user = b64encode(f"{KEY}:".encode()).decode()
    head = (
        f"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {user}\r\n"
        "Content-Type: application/json\r\nUser-Agent: analytics-python/2.4.0\r\nContent-Length: "
    ).encode()
    made = []
    for start in range(0, len(lines), BATCH):
        body = b'{"batch": [%b], "sentAt": "2026-01-02T03:04:05.678Z"}' % b", ".join(
            lines[start : start + BATCH]
        )
        made.append(b"%b%d\r\n\r\n%b" % (head, len(body), body))
    return made


async def send_all(address: tuple[str, int], made: Sequence[bytes], connections: int) -> float:
    """Seconds until all were answered with 200, over several connections, one at a time on each."""
    waiting = iter(made)

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection(*address)
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"answered {head.splitlines()[0].decode()}")
            told = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(told[1]) if told else 0)
        writer.close()

    before = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(connections)))
    return time.perf_counter() - before


@contextmanager
def process(command: Sequence[str], folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a server that tells it on stderr."""
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None  # noqa: S101 - for mypy
        try:
            for line in running.stderr:
                if found := _ADDRESS.search(line):
                    yield found[1].decode(), int(found[2])
                    return
        finally:
            running.kill()


@contextmanager
def bare() -> Iterator[tuple[str, int]]:
    with process([sys.executable, __file__, "--bare"], Path.cwd()) as address:
        yield address


@contextmanager
def sendoff(url: str) -> Iterator[tuple[str, int]]:
    """It decides and delivers as well, as it does everywhere, when requests leave it time."""
    with TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = Path(name)
        (folder / "sendoff.yaml").write_text(usage.pipeline(url) + SERVER)
        with process([sys.executable, "-m", "sendoff", "serve"], folder) as address:
            yield address


def candidate(
    serving: Serving, warming: Sequence[bytes], made: Sequence[bytes], connections: int
) -> Candidate:
    count = len(made) * BATCH

    def run() -> Pass:
        with serving() as address:
            asyncio.run(send_all(address, warming, 1))  # it is open, and warm
            spent = asyncio.run(send_all(address, made, connections))
            return Pass(spent / count * 1e6, count)

    return run


def serve_bare() -> None:
    """The least that an application on this server can do with a batch."""
    import uvicorn  # noqa: PLC0415 - the other process needs none of it
    from starlette.applications import Starlette  # noqa: PLC0415
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import JSONResponse  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    async def batch(request: Request) -> JSONResponse:
        body = await request.json()
        return JSONResponse({"success": True, "accepted": len(body["batch"])})

    app = Starlette(routes=[Route("/v1/batch", batch, methods=["POST"])])
    uvicorn.run(app, port=0, loop="uvloop", http="httptools", access_log=False)


def main() -> int:
    """0 whether the target is met or not."""
    parser = arguments(__doc__, COUNT, 7)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        serve_bare()
        return 0
    lines = usage.generate(options.events + WARMING)
    made, warming = requests(lines[WARMING:]), requests(lines[:WARMING])
    with answering(200, "") as url:
        servers: dict[str, Serving] = {BARE: bare, SENDOFF: lambda: sendoff(url)}
        candidates = {
            f"{name}, {connections}": candidate(serving, warming, made, connections)
            for connections in CONNECTIONS
            for name, serving in servers.items()
        }
        passes = compare(candidates, warm_ups=WARM_UPS, rounds=options.rounds)
    if options.json:
        print(json.dumps({"events": options.events} | document(passes, {}, TARGETS)))
    else:
        print(f"\n{options.events:,} usage events over HTTP, {BATCH} a request;", end=" ")
        print("over 8 and 32 connections")
        print_table(NAMES, passes, {}, TARGETS, "an event, by the clock")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
