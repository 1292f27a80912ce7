"""The collector of one data centre: a request goes out, what came of it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.answer import HttpError
from sendoff_freshsuccess.settings import collector_address, events_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.answer import Answer
    from sendoff.http import Coding, Http

_HEADERS: Final = {"content-type": "application/json"}
_CODINGS: Final[Mapping[str, Coding | None]] = {
    "gzip": "gzip",
    "deflate": "deflate",
    "none": None,
}


class Collector:
    """Where a route's requests go. Each method never raises for want of an answer."""

    def __init__(self, settings: Mapping[str, Any], http: Http) -> None:
        base = collector_address(settings)
        self.host = base.partition("://")[2]
        self._events = base + events_path(settings)
        self._ping = f"{base}/v1/ping"
        self._coding = _CODINGS[settings.get("compression", "gzip")]
        self._http = http

    async def send(self, events: bytes) -> Answer | HttpError:
        """What came of a request with these lines."""
        return await self._post(self._events, events, self._coding)

    async def try_keys(self) -> Answer | HttpError:
        """What came of a request without any event, which gives nothing to count."""
        return await self._post(self._events, b"", None)

    async def ping(self) -> Answer | HttpError:
        """What came of a request that needs no keys: 200 where the collector can be reached."""
        return await self._post(self._ping, b"", None)

    async def _post(self, url: str, content: bytes, coding: Coding | None) -> Answer | HttpError:
        try:
            return await self._http.request(
                "POST", url, headers=_HEADERS, content=content, coding=coding
            )
        except HttpError as error:
            return error
