"""The routes as they are configured: settings, blueprint, limits, hold; verified on a button."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from sendoff.blueprint.document import read_blueprint
from sendoff.debugger.marks import shown_mark
from sendoff.debugger.pages import JSON
from sendoff.documents import read_file
from sendoff.errors import ConfigurationError
from sendoff.examination import examine
from sendoff.pipeline_file.settings import secret_places

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.blueprint.document import Blueprint
    from sendoff.debugger.context import Debugger
    from sendoff.pipeline import Sendoff
    from sendoff.pipeline_file import RouteConfig, Surroundings
    from sendoff.report.display import Display

_LIST: Final = ("/routes", f"/routes{JSON}")
_ONE: Final = ("/routes/{name}", f"/routes/{{name}}{JSON}")
_VERIFY: Final = ("/routes/{name}/verify", f"/routes/{{name}}/verify{JSON}")


def routes(debugger: Debugger) -> list[Route]:
    """The list, a page for each route, and its verification.

    A route's name begins with a letter, so `joining` has `_new` to itself: its pages stand before.
    """
    configured = _Configured(debugger)
    return [
        *(Route(path, configured.listed) for path in _LIST),
        *(Route(path, configured.verified, methods=["POST"]) for path in reversed(_VERIFY)),
        # `.json` first: a name takes everything that is left.
        *(Route(path, configured.one) for path in reversed(_ONE)),
    ]


class _Configured:
    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger

    async def listed(self, request: Request) -> Response:
        """Every route of the pipeline, in short."""
        sendoff, display = self._debugger.sendoff, self._debugger.pages.display(request)
        names = [route.name for route in sendoff.pipeline.routes]
        holds = await sendoff.store.facts("hold", names)
        facts = {
            "file": str(self._debugger.config),
            "routes": [
                _short(route, sendoff) | {"hold": display.covered(holds.get(route.name))}
                for route in sendoff.pipeline.routes
            ],
            "warnings": [display.text(str(each)) for each in sendoff.pipeline.warnings],
        }  # fmt: skip
        return await self._debugger.pages.respond(request, "routes.html", facts)

    async def one(self, request: Request) -> Response:
        """All about one route."""
        return await self._page(request, None)

    async def verified(self, request: Request) -> Response:
        """The same, with what its destination says of it now; nothing is written there."""
        if not self._debugger.guard.accepts(await request.form()):
            return await self._debugger.pages.refused(request)
        route = self._route(request)
        if route is None:
            return await self._page(request, None)
        sendoff = self._debugger.sendoff
        alone = replace(sendoff.pipeline, routes=(replace(route, enabled=True),))
        [found] = await examine(alone, sendoff.around, sendoff.setting)
        display = self._debugger.pages.display(request)
        findings = [
            {
                "level": each.level, "message": display.text(each.message),
                "fix": display.text(each.fix),
            }
            for each in found.findings
        ]  # fmt: skip
        return await self._page(request, findings)

    def _route(self, request: Request) -> RouteConfig | None:
        name = request.path_params["name"]
        found = (each for each in self._debugger.sendoff.pipeline.routes if each.name == name)
        return next(found, None)

    async def _page(self, request: Request, findings: list[dict[str, Any]] | None) -> Response:
        pages, sendoff, route = self._debugger.pages, self._debugger.sendoff, self._route(request)
        display = pages.display(request)
        if route is None:
            detail = "The pipeline file has no such route, or it has not been read again since."
            return await pages.missing(request, detail)
        depth = await sendoff.store.depth(route.name)
        hold = (await sendoff.store.facts("hold", [route.name])).get(route.name)
        facts = _short(route, sendoff) | {
            "settings": shown_settings(route, display), "findings": findings,
            "text": _text(route.program.blueprint, sendoff.around),
            "limits": {
                "rate": route.limits.rate, "concurrency": route.limits.concurrency,
                "timeout": route.limits.timeout, "reserve": route.limits.reserve,
                "deadline": route.limits.deadline,
                "attempts": route.policy.attempts, "within": route.policy.within,
                "max_events": route.batching.max_events, "max_bytes": route.batching.max_bytes,
                "max_wait": route.batching.max_wait,
            },
            "consent": list(route.consent), "hold": display.covered(hold),
            "waiting": depth.waiting, "added": request.query_params.get("added") == "1",
        }  # fmt: skip
        return await pages.respond(request, "route.html", facts)


def _short(route: RouteConfig, sendoff: Sendoff) -> dict[str, Any]:
    return {
        "route": route.name,
        "mark": shown_mark((each.name for each in sendoff.pipeline.routes), route.name),
        "destination": route.destination.name, "title": route.destination.title,
        "blueprint": f"{route.program.blueprint.name}@{route.program.blueprint.version}",
        "description": route.program.blueprint.description, "enabled": route.enabled,
    }  # fmt: skip


def shown_settings(route: RouteConfig, display: Display) -> dict[str, Any]:
    """The settings of a route; of a secret only whether it is set, of what is unset the default."""
    schema = route.destination.settings
    secret = {at for at, _value in secret_places(schema, route.settings, ())}
    shown = {
        name: _setting(value, (name,), secret, display) for name, value in route.settings.items()
    }
    for name, of in schema.get("properties", {}).items():
        if name not in shown:
            unset = "default" in of and not of.get("secret")
            shown[name] = {"set": False, "value": of["default"] if unset else None}
    return shown


def _setting(
    value: Any, at: tuple[str | int, ...], secret: set[tuple[str | int, ...]], display: Display
) -> dict[str, Any]:
    if not isinstance(value, dict):
        hidden = any(each[: len(at)] == at for each in secret)  # itself, or an item of its list
        return {"set": True, "value": None if hidden else display.covered(value)}
    inner = {name: _setting(each, (*at, name), secret, display) for name, each in value.items()}
    return {"set": True, "value": None, "inside": inner}


def _text(blueprint: Blueprint, around: Surroundings) -> dict[str, Any]:
    """The blueprint as it was written; `current` tells that the file is still the one in use."""
    file = blueprint.document.file
    name = f"{blueprint.name}@{blueprint.version}"
    if file == name:
        lines = around.presets.find(name).text.splitlines()
        return {"file": file, "lines": lines, "current": True}
    try:
        lines = Path(file).read_text().splitlines()
        current = read_blueprint(read_file(Path(file), strict=False)).hash == blueprint.hash
    except (OSError, UnicodeDecodeError, ConfigurationError):
        return {"file": file, "lines": [], "current": False}
    return {"file": file, "lines": lines, "current": current}
