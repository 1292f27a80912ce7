"""Pages: the same facts as HTML for people, or as JSON where the path ends in `.json`.

What facts hold of events has to be masked before, by the `Display` of the request: it alone knows
at which path a value stood. Secrets are covered here once more, whatever the facts are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import jinja2
import msgspec
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from sendoff.debugger.aside import Aside
from sendoff.debugger.excerpt import CHARACTERS, Excerpt
from sendoff.report.display import Display
from sendoff.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from sendoff.debugger.safety import Guard
    from sendoff.pipeline import Sendoff

_CUT: Final = Markup(
    ' <span class="quiet">\N{HORIZONTAL ELLIPSIS} cut here: see the JSON of this page</span>'
)
JSON: Final = ".json"
"""How the path of a page ends whose facts are wanted as JSON."""


@dataclass(frozen=True, slots=True)
class _Page:
    """What every template is told of its page.

    `toggle` is the address of the same page the other way, masked or `clear`, `json` that of its
    facts. `form_token` has to stand in each form that changes something.
    """

    path: str
    pipeline: str
    clear: bool
    toggle: str
    json: str
    form_token: str


class Pages:
    """The templates, made ready once, and what all pages have in common.

    `aside` is where they do what takes long.
    """

    def __init__(self, sendoff: Sendoff, guard: Guard) -> None:
        self._sendoff = sendoff
        self._guard = guard
        self.aside = Aside()
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("sendoff.debugger"),
            autoescape=True, undefined=jinja2.StrictUndefined, enable_async=False,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters |= {
            "shown": shown,
            "pretty": pretty,
            "count": count,
            "coded": coded,
        }

    def display(self, request: Request) -> Display:
        """What this request may see: masked, or in clear where its address says `clear=1`.

        That holds for one page at a time, and is remembered nowhere.
        """
        return Display(self._sendoff.pipeline, clear=is_clear(request))

    async def respond(
        self, request: Request, template: str, facts: Mapping[str, Any], *, status: int = 200
    ) -> Response:
        """The page of a template, its facts by name; or the facts themselves as JSON."""
        if request.url.path.endswith(JSON):
            body = await self.aside.done(lambda: msgspec.json.encode(self._covered(facts)))
            return Response(body, status, media_type="application/json")
        page = _Page(
            request.url.path, self._sendoff.pipeline.name, is_clear(request), _toggled(request),
            _as_json(request), self._guard.form_token,
        )  # fmt: skip
        templates = self._templates
        text = await self.aside.done(
            lambda: templates.get_template(template).render(self._covered(facts), page=page)
        )
        return HTMLResponse(text, status)

    async def missing(self, request: Request, detail: str) -> Response:
        """The page of what is not there, and why."""
        facts = {"error": "not_found", "detail": detail}
        return await self.respond(request, "missing.html", facts, status=404)

    async def refused(self, request: Request) -> Response:
        """The answer to a form that none of our pages made, or one from before a restart."""
        detail = "This form is from another page, or from before a restart: open the page anew."
        facts = {"error": "foreign_form", "detail": detail}
        return await self.respond(request, "missing.html", facts, status=403)

    def _covered(self, facts: Mapping[str, Any]) -> Any:
        return self._sendoff.redactor.value(dict(facts))


def is_clear(request: Request) -> bool:
    """Whether personal data is to be shown as it is."""
    return request.query_params.get("clear") == "1"


def shown(value: Any) -> Markup:
    """The beginning of what comes from outside: on one line, and spelled out what is obeyed."""
    if value is None:
        return Markup('<span class="none">\N{EN DASH}</span>')
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    start = Markup("<bdi>{}</bdi>").format(plain(text[:CHARACTERS]))
    return start if len(text) <= CHARACTERS else start + _CUT


def pretty(value: Any) -> Markup:
    """The beginning of a JSON-able value on as many lines as it needs, spelled out likewise."""
    excerpt = Excerpt(value)
    lines = msgspec.json.format(msgspec.json.encode(excerpt.value), indent=2).decode().split("\n")
    whole = Markup("\n").join(Markup("<bdi>{}</bdi>").format(plain(line)) for line in lines)
    return whole + _CUT if excerpt.is_cut else whole


def coded(text: str) -> Markup:
    """Words of our own, with what stands in backticks as code."""
    parts = re.split("`([^`]*)`", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part
        for index, part in enumerate(parts)
    )


def count(number: float) -> str:
    """A number with its thousands apart."""
    return f"{number:,}"


def _toggled(request: Request) -> str:
    """The address of this page the other way: masked, or in clear."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "clear"]
    if not is_clear(request):
        asked.append(("clear", "1"))
    return f"{request.url.path}?{urlencode(asked)}" if asked else request.url.path


def _as_json(request: Request) -> str:
    path = "/tail" if request.url.path == "/" else request.url.path
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{path}{JSON}{query}"
