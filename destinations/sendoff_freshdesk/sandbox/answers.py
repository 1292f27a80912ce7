"""What the vendor answers, and above all how it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from sendoff.testing.sandbox import Answer, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

Code = Literal[
    "missing_field",
    "invalid_value",
    "invalid_field",
    "datatype_mismatch",
    "duplicate_value",
    "inconsistent_state",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of `errors` in a refusal of the vendor's first shape.

    `holder` is the id of the user who already has the value; only a conflict has one.
    """

    field: str
    message: str
    code: Code
    holder: int | None = None


def missing(field: str, message: str = "Mandatory attribute missing") -> Entry:
    """The entry for a mandatory attribute without a value."""
    return Entry(field, message, "missing_field")


def unknown_field(field: str) -> Entry:
    """The entry for an attribute the vendor does not know; the message is the vendor's own."""
    return Entry(field, "Unexpected/invalid field in request", "invalid_field")


def invalid(entries: Iterable[Entry]) -> Refused:
    """A 400 in the first shape: what is wrong with which attribute."""
    listed = list(entries)
    errors = [{"field": e.field, "message": e.message, "code": e.code} for e in listed]
    return Refused(
        Answer(400, {"description": "Validation failed", "errors": errors}, reason=_told(listed))
    )


def conflict(entries: Iterable[Entry], *, names_holder: bool, names_field: bool) -> Refused:
    """A 409 in the first shape.

    `additional_info.user_id` is undocumented and `field` documented for 400 only, so an account
    can be told to leave out either.
    """
    listed = list(entries)
    errors = []
    for entry in listed:
        error: dict[str, object] = {"field": entry.field} if names_field else {}
        error |= {"message": entry.message, "code": entry.code}
        if names_holder and entry.holder is not None:
            error["additional_info"] = {"user_id": entry.holder}
        errors.append(error)
    return Refused(
        Answer(409, {"description": "Validation failed", "errors": errors}, reason=_told(listed))
    )


def _told(entries: list[Entry]) -> str:
    return "; ".join(f"{e.field}: {e.message} ({e.code})" for e in entries)


def denied(status: int, code: str, message: str) -> Refused:
    """A refusal in the second shape: who asks, or what the account allows, is the problem."""
    return Refused(Answer(status, {"code": code, "message": message}, reason=message))


def bad_credentials() -> Refused:
    """401, as recorded from real accounts."""
    return denied(401, "invalid_credentials", "You have to be logged in to perform this action.")


def access_denied() -> Refused:
    """403 for a role that lacks the right."""
    return denied(403, "access_denied", "You are not authorized to perform this action.")


def bad_json() -> Refused:
    """400 for a body that is no JSON object."""
    return denied(400, "invalid_json", "Request body has invalid json format")


def not_found(what: str) -> Refused:
    """404 with an empty body: the vendor says nothing about an unknown object."""
    return Refused(Answer(404, reason=f"{what} does not exist"))


def wrong_method(method: str, allowed: Iterable[str], why: str = "") -> Refused:
    """405, whose message names the verbs that work."""
    verbs = ", ".join(sorted(allowed))
    message = f"{method} method is not allowed. It should be one of these method(s): {verbs}"
    headers = (("Allow", verbs),)
    return Refused(Answer(405, {"message": message}, headers, reason=why or message))


def empty(status: int, reason: str) -> Refused:
    """A refusal whose body is not known, or known to be empty."""
    return Refused(Answer(status, reason=reason))


def throttled(seconds: int, reason: str = "the account's rate limit is used up") -> Answer:
    """429: the vendor's sample shows Retry-After and Content-Type, and nothing else."""
    return Answer(429, headers=(("Retry-After", str(seconds)),), bare=True, reason=reason)


def scripted(status: int, seconds: float | None) -> Answer:
    """The answer a script asks for; `seconds` is the Retry-After, which a 429 always has."""
    reason = "scripted"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return throttled(int(60 if seconds is None else seconds), reason)
    known: dict[int, Refused] = {401: bad_credentials(), 403: access_denied()}
    body = known[status].answer.body if status in known else None
    headers = () if seconds is None else (("Retry-After", str(int(seconds))),)
    return Answer(status, body, headers, reason=reason)
