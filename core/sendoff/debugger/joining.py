"""Adding a route: choose a destination and a preset, fill in a form, test it, save it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import RedirectResponse
from starlette.routing import Route

from sendoff.comparison import named_blueprint
from sendoff.debugger.deployment import Changed, Deployment
from sendoff.debugger.differing import require_beside
from sendoff.debugger.draft import Drafting
from sendoff.debugger.form_fields import fields_of
from sendoff.debugger.pages import JSON
from sendoff.debugger.shipped import shipped
from sendoff.errors import ConfigurationError, SendoffError, UsageError
from sendoff.redact import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.debugger.context import Debugger
    from sendoff.debugger.draft import Draft
    from sendoff.debugger.form_fields import Field
    from sendoff.destination import Destination, Finding

_CHOOSE: Final = ("/routes/_new", f"/routes/_new{JSON}")
# `.json` first: a name takes everything that is left.
_FORM: Final = (f"/routes/_new/{{destination}}{JSON}", "/routes/_new/{destination}")


def routes(debugger: Debugger) -> list[Route]:
    """The choice, and the form."""
    joining = _Joining(debugger)
    return [
        *(Route(path, joining.choose) for path in _CHOOSE),
        *(Route(path, joining.form, methods=["GET"]) for path in _FORM),
        *(Route(path, joining.act, methods=["POST"]) for path in _FORM),
    ]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What kind of route a form is for, and its fields."""

    destination: Destination
    blueprint: str
    description: str
    parameters: Sequence[Field]
    settings: Sequence[Field]


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told above a form that was sent."""

    wrong: Sequence[str] = ()
    problems: Mapping[str, str] | None = None
    findings: Sequence[Finding] | None = None
    status: int = 200


class _Joining:
    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger
        self._deployment = Deployment(debugger.sendoff, debugger.config)

    async def choose(self, request: Request) -> Response:
        """Every destination with its presets."""
        around = self._debugger.sendoff.around
        presets: dict[str, list[dict[str, Any]]] = {}
        for preset, blueprint in shipped(around.presets):
            presets.setdefault(blueprint.destination, []).append(
                {"name": preset.name, "description": blueprint.description}
            )
        facts = {
            "destinations": [
                {"name": name, "title": found.title, "presets": presets.get(name, [])}
                for name, found in sorted(around.plugins.destinations.items())
            ]
        }
        return await self._debugger.pages.respond(request, "route_choose.html", facts)

    async def form(self, request: Request) -> Response:
        """An empty form."""
        try:
            kind = self._kind(request, request.query_params.get("blueprint", ""))
        except SendoffError as error:
            return await self._debugger.pages.missing(request, str(error))
        return await self._shown(request, kind, {"name": self._free_name(kind)}, _Told())

    async def act(self, request: Request) -> Response:
        """Test what the form says, or save it."""
        form = await request.form()
        if not self._debugger.guard.accepts(form):
            return await self._debugger.pages.refused(request)
        given = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            kind = self._kind(request, given.get("blueprint", ""))
        except SendoffError as error:
            return await self._debugger.pages.missing(request, str(error))
        drafting = Drafting(given, self._debugger.config.parent.resolve())
        draft = drafting.drafted(
            kind.destination.name, kind.blueprint, kind.parameters, kind.settings,
            kind.destination.settings,
        )  # fmt: skip
        told = await self._done(draft, given)
        if told is None:
            return await self._added(request, draft.name)
        return await self._shown(request, kind, given, told, draft)

    async def _done(self, draft: Draft, given: Mapping[str, str]) -> _Told | None:
        """What is to be told of a draft; None where it is saved."""
        if draft.problems:
            return _Told(problems=draft.problems, status=400)
        seen = given.get("seen", "")
        try:
            if given.get("do") != "save":
                return _Told(findings=await self._deployment.tested(draft, seen))
            await self._deployment.saved(draft, seen)
        except Changed as error:
            return _Told([str(error)], status=409)
        except ConfigurationError as error:
            wrong = [
                f"{each.message} ({each.fix})" if each.fix else each.message
                for each in error.problems
            ]
            return _Told(wrong, status=400)
        except SendoffError as error:
            return _Told([str(error)], status=400)
        return None

    async def _added(self, request: Request, name: str) -> Response:
        if request.url.path.endswith(JSON):
            return await self._debugger.pages.respond(request, "", {"added": name}, status=201)
        return RedirectResponse(f"/routes/{name}?added=1", 303)

    def _kind(self, request: Request, blueprint: str) -> _Kind:
        """Raises UsageError or ConfigurationError for a destination or blueprint there is not."""
        around, config = self._debugger.sendoff.around, self._debugger.config
        name = request.path_params["destination"]
        destination = around.plugins.destinations.get(name)
        if destination is None:
            raise UsageError("there is no such destination (choose another)")
        require_beside(config, blueprint)
        found = named_blueprint(blueprint, around, config.parent.resolve())
        if found.destination != name:
            raise UsageError(f"{blueprint} is written for {found.destination} (choose another)")
        parameters = {"properties": found.parameters}
        return _Kind(
            destination, blueprint, found.description, fields_of(parameters, "with"),
            fields_of(destination.settings, "settings"),
        )  # fmt: skip

    async def _shown(
        self, request: Request, kind: _Kind, given: Mapping[str, str], told: _Told,
        draft: Draft | None = None,
    ) -> Response:  # fmt: skip
        environ = self._debugger.sendoff.around.environ
        problems = told.problems or {}
        covered = Redactor(draft.secrets if draft else ())
        facts = {
            "destination": kind.destination.name, "title": kind.destination.title,
            "blueprint": kind.blueprint, "description": kind.description,
            "given": _echoed(given, problems), "problems": problems,
            "parameters": [each.as_json() for each in kind.parameters],
            "settings": [
                each.as_json() | _proposed(each, kind.destination.name, given, environ)
                for each in kind.settings
            ],
            "wrong": list(told.wrong), "seen": self._deployment.seen(),
            "folder": str(self._debugger.config.parent.resolve()),
            "file": str(self._debugger.config),
            "findings": None if told.findings is None else [
                {"level": each.level, "message": each.message, "fix": each.fix}
                for each in told.findings
            ],
        }  # fmt: skip
        return await self._debugger.pages.respond(
            request, "route_new.html", covered.value(facts), status=told.status
        )

    def _free_name(self, kind: _Kind) -> str:
        taken = {route.name for route in self._debugger.sendoff.pipeline.routes}
        usual = kind.destination.name
        numbered = (f"{usual}-{number}" for number in range(2, len(taken) + 3))
        return next(each for each in (usual, *numbered) if each not in taken)


def _echoed(given: Mapping[str, str], problems: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, without what is a secret or holds one."""
    return {
        name: value for name, value in given.items()
        if name != "form_token" and not name.endswith(".typed")
        and "holds a secret" not in problems.get(name, "")
    }  # fmt: skip


def _proposed(
    of: Field, destination: str, given: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, Any]:
    """Where a secret would usually be kept; `known` tells that the variable is set here."""
    if of.kind != "secret":
        return {}
    variable = given.get(f"{of.name}.env") or f"{destination}_{of.key}".upper().replace("-", "_")
    file = given.get(f"{of.name}.file") or f"{given.get('name', destination)}.{of.key}.secret"
    usual = "env" if of.required else ""
    return {
        "env": variable, "file": file, "known": bool(environ.get(variable, "").strip()),
        "kept": given.get(f"{of.name}.kept", usual),
    }  # fmt: skip
