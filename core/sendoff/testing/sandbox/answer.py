"""What a sandbox answers, before it is written."""

from __future__ import annotations

from dataclasses import dataclass

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with its body: a JSON value, the text of an HTML page, or None for no content.

    `content_type` is sent even without content, unless it is empty. `bare` leaves out the headers
    that the service puts on every ordinary answer. `reason` says in one line why a request was
    refused; it is shown on the sandbox page and never sent.
    """

    status: int
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON_TYPE
    bare: bool = False
    reason: str = ""


class Refused(Exception):  # noqa: N818 - an outcome of the protocol, not a fault of the program
    """The request ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.reason)


def html(status: int, title: str, reason: str = "") -> Answer:
    """An HTML page, as something in front of a service answers: none of the service's headers."""
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, body, content_type=HTML_TYPE, bare=True, reason=reason or title)
