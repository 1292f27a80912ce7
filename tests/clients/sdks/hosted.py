"""ASGI applications on ports of this machine, in threads of the tests' process."""

from __future__ import annotations

import asyncio
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Self

from sendoff.serving import serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.serving import Application


class Hosted:
    """An application that listens for as long as the block lasts, always on the same port."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._port = 0
        self._thread: Thread | None = None
        self._end: Callable[[], object] = lambda: None

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, if it does not."""
        if self._thread is not None:
            return
        ready: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._thread = Thread(target=lambda: asyncio.run(self._serve(ready.put)))
        self._thread.start()
        self._end = ready.get(timeout=30)

    def stop(self) -> None:
        """Let connections be refused."""
        if self._thread is not None:
            self._end()
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self, ready: Callable[[Callable[[], object]], None]) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        async with serve(self._app, port=self._port) as server:
            self._port = server.port
            ready(lambda: loop.call_soon_threadsafe(ended.set))
            await ended.wait()
