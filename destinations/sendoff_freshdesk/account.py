"""The API of one Freshdesk account: a call goes out, what came of it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sendoff.answer import HttpError
from sendoff.delivery import Delivered
from sendoff.responses import judge
from sendoff_freshdesk.contact import Contact, read_contact
from sendoff_freshdesk.rules import not_freshdesk, vendor_words
from sendoff_freshdesk.settings import api_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sendoff.answer import Answer
    from sendoff.delivery import Outcome
    from sendoff.http import Http
    from sendoff.responses import ResponseRule

_PASSWORD: Final = "X"  # noqa: S105 - Freshdesk takes any text, and its own examples this one


class Account:
    """Where a route's requests go, with its key. `now` gives the time of day, in UTC."""

    def __init__(
        self, settings: Mapping[str, Any], http: Http, now: Callable[[], datetime]
    ) -> None:
        self._base = f"{api_address(settings)}/api/v2"
        self._credentials = (str(settings["api_key"]), _PASSWORD)
        self._http = http
        self._now = now

    async def call(self, method: str, path: str, body: bytes | None = None) -> Answer | HttpError:
        """What came of one request; never raises for want of an answer."""
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        try:
            return await self._http.request(
                method,
                self._base + path,
                headers=headers,
                content=body,
                basic=self._credentials,
            )
        except HttpError as error:
            return error

    def judged(self, came: Answer | HttpError, rules: Sequence[ResponseRule]) -> Outcome:
        """The outcome by these rules and then core's, with Freshdesk's own words in its detail."""
        return judge(came, rules, self._now(), vendor_words)

    def contact(
        self, came: Answer | HttpError, rules: Sequence[ResponseRule], too_long: Outcome
    ) -> Contact | Outcome:
        """The contact that was answered, else the outcome; an answer without one is no success.

        `too_long` is the outcome where there is one, longer than is read of any answer.
        """
        outcome = self.judged(came, rules)
        if not isinstance(outcome, Delivered) or isinstance(came, HttpError):
            return outcome
        if came.truncated and came.body.startswith(b"{"):
            return too_long
        return read_contact(came) or not_freshdesk(came)


def encoded(payload: Mapping[str, Any]) -> bytes:
    """A payload as the JSON that is sent."""
    return msgspec.json.encode(payload)
