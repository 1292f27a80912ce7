"""The debugger's pages beside a server: where they are, and who may see them."""

from __future__ import annotations

import logging
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sendoff.addresses import is_loopback
from sendoff.debugger.app import application, debugger
from sendoff.errors import UsageError
from sendoff.pipeline_file.server import Address
from sendoff.server.listening import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sendoff.pipeline import Sendoff
    from sendoff.pipeline_file import Pipeline
    from sendoff.server.limits import Limits
    from sendoff.server.listening import Listener

DEFAULT: Final = Address("127.0.0.1", 8081)
_TOKEN_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the debugger is shown; beyond loopback only to who has the `token`.

    It may be done without where nobody `asked` for its address and another program has it.
    """

    address: Address
    token: str | None
    asked: bool

    @classmethod
    def of(cls, pipeline: Pipeline, *, allow_remote: bool) -> Pages:
        """As a pipeline file says. Raises UsageError where others could look unasked."""
        address = pipeline.debugger or DEFAULT
        remote = not is_loopback(address.host)
        if remote and not allow_remote:
            raise UsageError(
                f"refused to show the debugger on {address.host}: other machines could look"
                " (set `debugger.listen` to 127.0.0.1:8081, or say --allow-remote)"
            )
        token = secrets.token_urlsafe(_TOKEN_BYTES) if remote else None
        return cls(address, token, pipeline.debugger is not None)

    @asynccontextmanager
    async def shown(self, sendoff: Sendoff, limits: Limits) -> AsyncIterator[tuple[Listener, str]]:
        """Show them for the length of a block: what serves them, and where a browser finds them."""
        # It warns of every form that is no form, which is the sender's mistake and no news.
        logging.getLogger("python_multipart").setLevel(logging.ERROR)
        app = application(debugger(sendoff, Path(sendoff.pipeline.file), token=self.token))
        host, port = self.address.host, self.address.port
        remote = self.token is not None
        async with listening(app, host, port, limits, allow_remote=remote) as listener:
            query = f"/?token={self.token}" if remote else "/"
            yield listener, f"{listener.address.url}{query}"
