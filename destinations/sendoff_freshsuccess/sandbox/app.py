"""The collector: the path names a source, and the body's lines are kept or silently dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sendoff.testing.sandbox import Answer, Refused, StandIn
from sendoff_freshsuccess.sandbox import body, rules
from sendoff_freshsuccess.sandbox.body import empty
from sendoff_freshsuccess.sandbox.rules import Dropped
from sendoff_freshsuccess.sandbox.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from sendoff.testing.sandbox import Request
    from sendoff_freshsuccess.sandbox.rules import Event
    from sendoff_freshsuccess.sandbox.switches import Settings

_PING: Final = ["v1", "ping"]
_EVENT_PATH: Final = 3  # v1, authKey, apiKey


class FreshsuccessSandbox(StandIn):
    """An ASGI application that answers as the Event API of one Freshsuccess customer does.

    For tests in the same process: `events` are the last 1000 that were kept, `viewer` has them with
    what was dropped and with the sums, `requests` the last 1000 exchanges, `faults` the script of
    what the next requests are answered; `reset` forgets all that.
    """

    name = "freshsuccess"
    viewer: Viewer

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(clock, sleep, fail=settings.fail, delay=settings.delay)
        self.largest_body = settings.max_body or body.LARGEST
        self._settings = settings
        self.clear()

    @property
    def events(self) -> list[Event]:
        """The last 1000 events that were kept, oldest first."""
        return [each.event for each in self.viewer.kept]

    def clear(self) -> None:
        """Forget all events."""
        self.viewer = Viewer()

    def front(self, request: Request) -> None:
        """Refuse a body that is too large (413); the vendor documents no such answer."""
        if request.oversize:
            raise Refused(empty(413, f"the body has more than {self.largest_body:,} bytes"))

    def answer(self, request: Request) -> Answer:
        """200 for a known source whatever the body holds, 400 for anything but a POST to one."""
        if request.method != "POST":
            raise Refused(empty(400, f"the method is {request.method}, not POST"))
        if request.segments == _PING:
            return empty(200)
        self._authenticate(request.segments)
        try:
            content = body.opened(request, self._settings)
        except Dropped as lost:
            self.viewer.drop(request.body, lost, self._clock())
            return empty(200, str(lost))
        count = sum(1 for _ in body.lines(content))
        most = self._settings.max_events
        if most is not None and count > most:
            raise Refused(empty(413, f"the request has {count:,} events, more than {most:,}"))
        dropped = self._take(body.lines(content), body.loss(request, self._settings))
        told = f"{dropped:,} of {count:,} lines dropped{body.misread(request)}"
        return empty(200, told if dropped else "")

    def scripted(self, status: int, seconds: float | None) -> Answer:
        """The answer a script asks for, without a body."""
        return replace(super().scripted(status, seconds), content_type="")

    def shown(self, path: str) -> str:
        """The path with its keys covered: whatever is not certain to be no key is taken for one."""
        if path == "/v1/ping":
            return path
        first, *rest = path.removeprefix("/").split("/")
        return "/".join(["", first if first in ("", "v1") else "***", *("***" for _ in rest)])

    def counts(self) -> dict[str, object]:
        """How many events were kept, and how many lines dropped."""
        return self.viewer.counts()

    def contents(self) -> dict[str, object]:
        """The last events, the last lines that were dropped, and the sums."""
        return self.viewer.contents()

    def _authenticate(self, segments: Sequence[str]) -> None:
        """Refuse a path that names no source (400), saying on the page what is wrong with it."""
        if len(segments) != _EVENT_PATH or segments[0] != "v1":
            raise Refused(empty(400, "the path is not /v1/{authKey}/{apiKey}"))
        pairs = self._settings.pairs
        auth_key, api_key = segments[1:]
        if (auth_key, api_key) in pairs:
            return
        if (api_key, auth_key) in pairs:
            raise Refused(empty(400, "the two keys are swapped: authKey comes first"))
        known = auth_key in {pair[0] for pair in pairs}, api_key in {pair[1] for pair in pairs}
        reasons = {
            (True, True): "authKey and apiKey are of two sources",
            (True, False): "apiKey is unknown",
            (False, True): "authKey is unknown",
            (False, False): "authKey and apiKey are unknown",
        }
        raise Refused(empty(400, reasons[known]))

    def _take(self, lines: Iterable[bytes], lost: Dropped | None) -> int:
        """Keep or drop each line, all of a request that is `lost`; how many were dropped."""
        before = self.viewer.dropped.added
        for line in lines:
            try:
                self._judge(line, lost)
            except Dropped as dropped:
                self.viewer.drop(line, dropped, self._clock())
        return self.viewer.dropped.added - before

    def _judge(self, line: bytes, lost: Dropped | None) -> None:
        if lost:
            raise lost
        event = rules.judge(line)
        now = self._clock()
        doubts = rules.doubts(event, now * 1000)
        if doubts and self._settings.strict:
            raise doubts[0]
        self.viewer.keep(event, len(line), doubts, now)
