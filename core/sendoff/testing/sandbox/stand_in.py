"""The application every sandbox is: a request goes past the script of faults to its answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from sendoff.testing.sandbox import asgi, page
from sendoff.testing.sandbox.answer import Answer, Refused, html
from sendoff.testing.sandbox.log import Exchange, Log, cut_body
from sendoff.testing.sandbox.script import Script, Spec, Step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from sendoff.testing.sandbox.asgi import Message, Receive, Send
    from sendoff.testing.sandbox.request import Request

_LONGEST_WAIT = 60  # seconds a scripted 429 asks for where the script does not say


class StandIn(ABC):
    """An ASGI application that answers as one account of a service does.

    `name` is the destination's. `clock` gives seconds since the epoch, `sleep` waits for slow
    answers. `fail` is a script for the next requests (see `Script`), `delay` the seconds every
    answer takes. For tests in the same process: `requests` has the last 1000 exchanges, `faults` is
    the script, `reset` brings back the account as it was at the start.
    """

    name: ClassVar[str]
    largest_body: int = 1_000_000
    """Bytes of a body that are read; a longer one is `oversize`, and refused by `front`."""

    requests: Log
    faults: Script

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        *,
        fail: Spec = "",
        delay: float = 0,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._fail = fail
        self._delay = delay
        self.faults = Script(fail)
        self.requests = Log()

    @abstractmethod
    def clear(self) -> None:
        """Forget all that requests have brought. Called by `reset`; call it when you are made."""

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Do what a request asks; may raise `Refused`."""

    @abstractmethod
    def counts(self) -> Mapping[str, object]:
        """How many it holds of what, for the page; `requests` is added."""

    @abstractmethod
    def contents(self) -> Mapping[str, object]:
        """What else the page shows; a list has the name of its count."""

    def front(self, request: Request) -> None:
        """What stands before the service, such as a rate limit: passes, or raises `Refused`.

        A request that is refused here takes no step of the script.
        """
        if request.oversize:
            raise Refused(html(413, "Request Entity Too Large"))

    def people(self, request: Request) -> Iterable[str]:
        """Whom a request is about, for scripts that are for one of them only."""
        return ()

    def scripted(self, status: int, seconds: float | None) -> Answer:
        """The answer a script asks for; `seconds` is the Retry-After, which a 429 always has."""
        if seconds is None and status == HTTPStatus.TOO_MANY_REQUESTS:
            seconds = _LONGEST_WAIT
        headers = () if seconds is None else (("Retry-After", str(int(seconds))),)
        return Answer(status, None, headers, reason="scripted")

    def headers(self) -> Iterable[tuple[str, str]]:
        """What the service puts on every answer that is not `bare`."""
        return ()

    def shown(self, path: str) -> str:
        """A path of the log as the page shows it. Override where secrets stand in there."""
        return path

    def control(self, request: Request) -> Answer | None:
        """The answer to a request below `/_sandbox`, None if there is no such control."""
        return None

    def reset(self) -> None:
        """Forget everything, and start the script again."""
        self.faults = Script(self._fail)
        self.requests = Log()
        self.clear()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection's scope, as ASGI has it."""
        if scope["type"] == "lifespan":
            await asgi.lifespan(receive, send)
        elif scope["type"] == "http":
            await self._exchange(scope, receive, send)

    async def _exchange(self, scope: Message, receive: Receive, send: Send) -> None:
        ours = page.owns(scope["path"])
        request = await asgi.read(scope, receive, page.LARGEST if ours else self.largest_body)
        if request is None:
            return  # the client left
        if ours:
            await asgi.write(send, page.answer(self, request))
        else:
            await self._serve(request, send)

    async def _serve(self, request: Request, send: Send) -> None:
        step = Step()
        try:
            self.front(request)
            step = self.faults.next(self.people(request) if self.faults.personal else ())
            answer = self._under(step, request)
        except Refused as refused:
            answer = refused.answer
        self._record(request, answer)
        headers = self.headers() if answer and not answer.bare else ()
        seconds = self._delay + (step.seconds or 0 if step.kind == "slow" else 0)
        if seconds:
            await self._sleep(seconds)
        if answer is None:
            await asgi.cut(send)
        else:
            await asgi.write(send, answer, headers)

    def _under(self, step: Step, request: Request) -> Answer | None:
        """The answer under this step of a script; None where the connection is to be cut."""
        if step.kind == "drop":
            return None
        if step.kind == "status":
            return self.scripted(step.status, step.seconds)
        if step.kind == "html":
            return html(step.status, f"Error {step.status}", "scripted")
        if step.kind == "lost":
            self._settle(request)
            return self.scripted(step.status, None) if step.status else None
        return self.answer(request)

    def _settle(self, request: Request) -> None:
        """Do what the request asks, whatever its answer."""
        try:
            self.answer(request)
        except Refused:
            return

    def _record(self, request: Request, answer: Answer | None) -> None:
        status, reason = (answer.status, answer.reason) if answer else (0, "connection cut")
        self.requests.add(
            Exchange(
                request.method,
                request.target,
                request.headers,
                cut_body(request.body),
                status,
                reason,
                self._clock(),
            )
        )
