"""A notebook that takes one note a request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sendoff.answer import Answer, HttpError
from sendoff.delivery import Delivered, Delivery, Outcome
from sendoff.destination import Action, Connection, Destination, Finding, Sandbox, Switch
from sendoff.responses import ResponseRule, judge

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sendoff.http import Http

SETTINGS = {
    "type": "object",
    "required": ["base_url", "token"],
    "additionalProperties": False,
    "properties": {
        "base_url": {"type": "string", "pattern": "^https?://[^/]+$"},
        "token": {"type": "string", "minLength": 8, "secret": True},
    },
}
NOTE = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "maxLength": 500, "x-hint": "a note has up to 500 characters"},
        "person": {"type": "string"},
    },
}
RULES = (
    ResponseRule("skipped", "already_noted", "The notebook has this note already.", status=409),
    ResponseRule("rejected", "invalid_note", "The notebook cannot use this note.", status=400),
)
"""What this service means by an answer; core's own rules judge every other."""


class Notes(Destination):
    """What is known without settings; does no I/O."""

    name: ClassVar[str] = "notes"
    title: ClassVar[str] = "Notes"
    settings: ClassVar[Mapping[str, Any]] = SETTINGS
    actions: ClassVar[Mapping[str, Action]] = {
        "add_note": Action("add_note", "Add a note", NOTE, order_key=("person",))
    }

    def account(self, settings: Mapping[str, Any]) -> str:
        """Whose quota is spent: that of the notebook."""
        return str(settings["base_url"])

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        """A connection for one route."""
        return NotesConnection(settings, http)

    def sandbox(self) -> Sandbox:
        """The stand-in of `sendoff sandbox notes`."""
        from sendoff_notes.sandbox import BEARER, NotesSandbox  # noqa: PLC0415 - seldom needed

        status = Switch("status", "What every note is answered.", {"type": "integer"}, 201)
        return Sandbox(app=NotesSandbox, settings={"token": BEARER}, switches=(status,))


class NotesConnection(Connection):
    """A notebook, opened with the settings of one route."""

    def __init__(self, settings: Mapping[str, Any], http: Http) -> None:
        self._settings = settings
        self._http = http

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        """Whether the token works; writes nothing."""
        outcome = await self._call("GET", "/me")
        if isinstance(outcome, Delivered):
            return [Finding("ok", "the token works")]
        return [Finding("problem", outcome.detail)]

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """One outcome for each delivery, in order."""
        return [await self._call("POST", "/notes", delivery) for delivery in deliveries]

    async def _call(self, method: str, path: str, note: Delivery | None = None) -> Outcome:
        url = f"{self._settings['base_url']}{path}"
        headers = {"authorization": f"Bearer {self._settings['token']}"}
        if note is not None:
            # The same for every attempt, so that a note is never doubled.
            headers |= {"content-type": "application/json", "idempotency-key": note.id}
        content = note.body if note is not None else None
        came: Answer | HttpError
        try:
            came = await self._http.request(method, url, headers=headers, content=content)
        except HttpError as error:
            came = error
        return judge(came, RULES, datetime.now(UTC))
