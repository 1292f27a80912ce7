"""The HTTP/1.1 library below the seam: aiohttp's, as a transport of httpx.

Nothing else of sendoff knows which library it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import aiohttp
import httpx
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from types import SimpleNamespace

    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

HEAD_LEAVES: Final = "http11.send_request_headers.started"
"""What the `trace` of a request is told before the first byte of it is written, as by httpx's."""

IDLE_SECONDS: Final = 5.0
"""How long a connection that nobody uses stays open."""

ERRORS: Final[Mapping[type[Exception], type[httpx.TransportError]]] = {
    aiohttp.ClientError: httpx.NetworkError,
    aiohttp.ClientConnectionError: httpx.ReadError,
    aiohttp.ClientConnectorError: httpx.ConnectError,
    aiohttp.ServerFingerprintMismatch: httpx.ConnectError,
    aiohttp.ServerTimeoutError: httpx.ReadTimeout,
    aiohttp.ConnectionTimeoutError: httpx.ConnectTimeout,
    aiohttp.ClientPayloadError: httpx.ReadError,
    aiohttp.ClientResponseError: httpx.RemoteProtocolError,
    aiohttp.InvalidURL: httpx.UnsupportedProtocol,
    aiohttp.NonHttpUrlClientError: httpx.UnsupportedProtocol,
    # What comes of a connection without being given a name of aiohttp's.
    OSError: httpx.ReadError,
}
"""What an error of aiohttp is called in httpx; the nearest ancestor decides."""

_FOREIGN: Final = tuple(ERRORS)
_NO_TIMEOUT: Final = aiohttp.ClientTimeout()  # the deadline is the seam's
_OURS: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Transport(httpx.AsyncBaseTransport):
    """Sends a request once over one of at most `connections` connections, which are used again.

    What the request says is sent as it is, and the answer comes as it came: nothing is added,
    followed, kept, unpacked or tried again. It belongs to the event loop of its first request.
    """

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._opened: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer as soon as its head is there.

        The body of a request that has one is read from its stream. Raises httpx.TransportError.
        """
        has_body = request.headers.get("content-length", "0") != "0"
        with errors_of_httpx():
            answer = await self._session().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers,
                data=request.stream if has_body else None,
                allow_redirects=False,
                trace_request_ctx=request.extensions.get("trace"),
            )
        return httpx.Response(
            answer.status, headers=list(answer.raw_headers), stream=_Body(answer), request=request
        )

    async def aclose(self) -> None:
        """Closes every connection."""
        if self._opened is not None:
            await self._opened.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = _session(self._connections)
        return self._opened


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with errors_of_httpx():
            async for chunk in self._answer.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        # An answer read to its end has given its connection back already.
        self._answer.close()


def _session(connections: int) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=connections,
        keepalive_timeout=IDLE_SECONDS,
        # The system's way, whatever else is installed: it knows /etc/hosts and nsswitch.
        resolver=aiohttp.ThreadedResolver(),
        ssl=httpx.create_ssl_context(trust_env=False),
    )
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_head_leaves)
    return aiohttp.ClientSession(
        connector=connector,
        timeout=_NO_TIMEOUT,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=_OURS,
        auto_decompress=False,
        trust_env=False,
        trace_configs=[trace],
        middlewares=(_once,),
    )


async def _head_leaves(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _parameters: aiohttp.TraceRequestHeadersSentParams,
) -> None:
    # aiohttp says so before it writes the first byte.
    if context.trace_request_ctx is not None:
        await context.trace_request_ctx(HEAD_LEAVES, {})


async def _once(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    # By the name that httpx has for it, aiohttp does not know an error as one after which it
    # would send a GET or PUT again, without a permit of the gate.
    with errors_of_httpx():
        return await send(request)


@contextmanager
def errors_of_httpx() -> Iterator[None]:
    """Inside, what aiohttp raises goes by the name that httpx has for it."""
    try:
        yield
    except _FOREIGN as error:
        name = next(ERRORS[each] for each in type(error).__mro__ if each in ERRORS)
        raise name(type(error).__name__) from error  # its text may repeat the address
