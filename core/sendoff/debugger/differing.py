"""Diff: what another blueprint would decide differently about the newest events of the store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from sendoff.comparison import Comparison, in_route
from sendoff.debugger.pages import JSON
from sendoff.debugger.recent import recent
from sendoff.documents import read_file
from sendoff.errors import ConfigurationError, SendoffError, UsageError
from sendoff.sources import Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.comparison import Difference
    from sendoff.debugger.context import Debugger
    from sendoff.decision import Decision
    from sendoff.documents import Document
    from sendoff.report.display import Display

_PATHS: Final = ("/diff", f"/diff{JSON}")
_USUAL: Final = 500
_MOST: Final = 5_000
_SHOWN: Final = 200
"""Events whose changes are listed; all are counted."""
_AT_ONCE: Final = 50
"""Events between two looks at what else there is to do."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Two blueprints as the route of the pipeline file would name them, and how many events."""

    route: str = ""
    old: str = ""
    new: str = ""
    last: int = _USUAL

    @classmethod
    def of(cls, given: Mapping[str, str]) -> _Asked:
        texts = {name: given.get(name, "").strip() for name in ("route", "old", "new")}
        last = given.get("last", "").strip() or str(_USUAL)
        if not (last.isascii() and last.isdecimal() and 0 < int(last[:9]) <= _MOST):
            raise UsageError(f"the number of events is one from 1 to {_MOST:,}")
        return cls(**texts, last=int(last))


def routes(debugger: Debugger) -> list[Route]:
    """The page, and its JSON."""
    page = _Differing(debugger).page
    return [Route(path, page) for path in _PATHS]


class _Differing:
    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger

    async def page(self, request: Request) -> Response:
        """The form; and what differs, where two blueprints are named."""
        pages, sendoff = self._debugger.pages, self._debugger.sendoff
        asked, wrong, found = _Asked(), [], None
        try:
            asked = _Asked.of(request.query_params)
            if asked.new:
                found = await self._found(asked, pages.display(request))
        except ConfigurationError as error:
            wrong = [str(each) for each in error.problems]
        except SendoffError as error:
            wrong = [str(error)]
        facts: dict[str, Any] = {
            "route": asked.route, "old": asked.old, "new": asked.new, "last": asked.last,
            "wrong": wrong, "found": found,
            "routes": {each.name: _named(each.program) for each in sendoff.pipeline.routes},
            "presets": [
                f"{each.name}@{version}" for each in sendoff.around.presets
                for version in sendoff.around.presets.versions(each.name)
            ],
        }  # fmt: skip
        return await pages.respond(request, "diff.html", facts, status=400 if wrong else 200)

    async def _found(self, asked: _Asked, display: Display) -> dict[str, Any]:
        sendoff, config = self._debugger.sendoff, self._debugger.config
        document = read_file(config, strict=False)
        for name in (asked.old, asked.new):
            require_beside(config, name)
        old = asked.old or _written(document, asked.route)
        before, after = (
            in_route(document, asked.route, each, sendoff.around) for each in (old, asked.new)
        )
        comparison = Comparison(before, after, sendoff.pipeline.consent_map)
        differences: list[Difference] = []
        events = await recent(sendoff.store, asked.last)
        # The oldest first, so that a repetition is known by what came before.
        for index, each in enumerate(reversed(events)):
            line = Line(each.number, each.body, each.fallback_key)
            if difference := comparison.compare(line, each.received_at):
                differences.append(difference)
            if index % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return {
            "old": old, "new": asked.new, "events": comparison.events,
            "different": comparison.different,
            "changes": _shown(differences[: -_SHOWN - 1 : -1], display),
        }  # fmt: skip


def _named(program: Any) -> str:
    return f"{program.blueprint.name}@{program.blueprint.version}"


def _written(document: Document, route: str) -> str:
    """The blueprint a route of the pipeline file names now; empty where there is none."""
    routes = document.value.get("routes")
    listed = routes.get(route) if isinstance(routes, dict) else None
    return str(listed.get("blueprint", "")) if isinstance(listed, dict) else ""


def require_beside(config: Path, name: str) -> None:
    """Raise UsageError for a file elsewhere than the pipeline file: pages open no others."""
    if not name.endswith((".yaml", ".yml")) and not name.startswith((".", "/")):
        return  # a preset's name, as pipeline files tell them from paths
    folder = config.parent.resolve()
    try:
        is_there = (folder / name).resolve().is_relative_to(folder)
    except (OSError, ValueError):  # a NUL, or a name longer than any file's
        is_there = False
    if not is_there:
        raise UsageError("only files in the folder of the pipeline file can be compared")


def _shown(differences: Sequence[Difference], display: Display) -> list[dict[str, Any]]:
    return [
        {
            "number": each.number,
            "message_id": display.text(each.message_id) if each.message_id else None,
            "old": _decision(each.old, display), "new": _decision(each.new, display),
            "same_decision": _decision(each.old, display) == _decision(each.new, display),
            "payload": [one.shown(display) for one in each.fields],
        }
        for each in differences
    ]  # fmt: skip


def _decision(decision: Decision, display: Display) -> str:
    if decision.verdict == "send":
        return f"send: {decision.rule}, {decision.action}"
    return f"{decision.verdict}: {decision.reason}, {display.detail(decision.detail)}"
