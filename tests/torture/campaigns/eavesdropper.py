"""What reached a sandbox: an ASGI application around it that reads along."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sendoff.serving import Application, Message


class Eavesdropper:
    """Counts what the bodies of answered requests name, as `names` finds it in one.

    A conflict counts as well: it is how an account answers what it had taken before.
    """

    def __init__(self, within: Application, names: Callable[[bytes], list[str]]) -> None:
        self.times: Counter[str] = Counter()
        self._within = within
        self._names = names

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:  # fmt: skip
        """One request."""
        body = bytearray()

        async def reading() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in {200, 201, 409}:
                self.times.update(self._names(bytes(body)) if scope["method"] == "POST" else [])
            await send(message)

        await self._within(scope, reading, answering)
