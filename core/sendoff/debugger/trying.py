"""Try it: a message that was pasted, or one of the store or of the shipped examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.routing import Route

from sendoff.debugger.asked import whole_number
from sendoff.debugger.pages import JSON
from sendoff.debugger.recent import recent
from sendoff.debugger.shipped import shipped
from sendoff.debugger.trial import tried
from sendoff.errors import InvalidEvent
from sendoff.event import Event
from sendoff.store.promise import Appended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.debugger.context import Debugger
    from sendoff.presets import Presets
    from sendoff.report.display import Display

_PATHS: Final = ("/try", f"/try{JSON}")
_LISTED: Final = 20
"""Events of the store that are offered."""


@dataclass(frozen=True, slots=True)
class Example:
    """An example of a preset: `key` names it in an address."""

    key: str
    name: str
    event: Any

    @property
    def text(self) -> str:
        """Its event as people write it."""
        return msgspec.json.format(msgspec.json.encode(self.event), indent=2).decode()


def routes(debugger: Debugger) -> list[Route]:
    """The page, and its JSON."""
    page = _Trying(debugger).page
    return [Route(path, page, methods=["GET", "POST"]) for path in _PATHS]


class _Trying:
    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger
        self._examples = {each.key: each for each in _examples(debugger.sendoff.around.presets)}

    async def page(self, request: Request) -> Response:
        """The form; and what would become of the message, where there is one."""
        sendoff, pages = self._debugger.sendoff, self._debugger.pages
        display, wrong, text = pages.display(request), "", ""
        message: Appended | None = None
        asked = request.query_params
        if request.method == "POST":
            text = str((await request.form()).get("message", ""))
        elif example := self._examples.get(asked.get("example", "")):
            text = example.text
        elif number := asked.get("number", ""):
            message = await self._stored(number)
            wrong = "" if message else f"The store has no event {number[:20]}."
        if text.strip():
            message = Appended(0, text.encode(errors="replace"), sendoff.setting.clock.now())
        newest = await recent(sendoff.store, _LISTED)
        facts: dict[str, Any] = {
            "text": text, "wrong": wrong, "chosen": asked.get("example", ""),
            "examples": [{"key": each.key, "name": each.name} for each in self._examples.values()],
            "recent": await pages.aside.done(lambda: [_offered(each, display) for each in newest]),
            "tried": await tried(sendoff, message, display, pages.aside) if message else None,
        }  # fmt: skip
        return await pages.respond(request, "try.html", facts, status=404 if wrong else 200)

    async def _stored(self, text: str) -> Appended | None:
        found = whole_number(text)
        return None if found is None else await self._debugger.sendoff.store.event(found)


def _examples(presets: Presets) -> Iterator[Example]:
    """The examples of every preset."""
    for preset, blueprint in shipped(presets):
        for index, each in enumerate(blueprint.examples):
            if "event" in each:
                name = f"{preset.name}: {each.get('name', index)}"
                yield Example(f"{preset.file}:{index}", name, each["event"])


def _offered(appended: Appended, display: Display) -> dict[str, Any]:
    try:
        event = Event.from_message(appended.body, received_at=appended.received_at)
    except InvalidEvent:
        return {"number": appended.number, "title": "no event"}
    return {
        "number": appended.number, "title": display.text(event.event or event.name or event.type),
    }  # fmt: skip
