from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.answer import Answer, HttpError
from sendoff.errors import SendoffError

DEEP = b"[" * 60_000


def answer(body: bytes, content_type: str = "application/json") -> Answer:
    return Answer(400, {"content-type": content_type}, body)


def test_json_is_decoded() -> None:
    assert answer(b'{"id": 36028797018963969}').json() == {"id": 36028797018963969}


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": 1', b"\xff", b'"\xff"', b"null", DEEP])
def test_what_is_not_json_is_none(body: bytes) -> None:
    assert answer(body).json() is None


@given(st.binary(max_size=200))
def test_no_body_makes_an_answer_raise(body: bytes) -> None:
    answer(body).json()
    assert answer(body).message().isprintable()


def test_the_words_of_freshdesk_name_each_field() -> None:
    body = (
        b'{"description": "Validation failed", "errors": ['
        b'{"field": "email", "message": "It should be a valid email.", "code": "invalid_value"},'
        b'{"field": "name", "message": "It is mandatory.", "code": "missing_field"}]}'
    )
    assert answer(body).message() == (
        "Validation failed; email: It should be a valid email.; name: It is mandatory."
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b'{"code": "invalid_credentials", "message": "You have to be logged in"}',
            "You have to be logged in",
        ),
        (b'{"error": {"type": "x", "message": "No such account"}}', "No such account"),
        (b'{"errors": ["first", "second"]}', "first; second"),
        (b'[{"detail": "in a list"}]', "in a list"),
        (b'"just text"', "just text"),
        (b'{"message": "once", "error": "once"}', "once"),
        (b'{"message": 7}', ""),
        (b'{"message": {"message": {"message": {"message": "too deep"}}}}', ""),
        (b"", ""),
    ],
)
def test_the_words_are_found_where_interfaces_put_them(body: bytes, message: str) -> None:
    assert answer(body).message() == message


def test_a_text_answer_is_one_printable_line() -> None:
    assert answer(b"no\x1b[31m\r\n such   host\n", "text/plain").message() == "no [31m such host"


def test_a_page_is_called_a_page() -> None:
    assert answer(b"  <!doctype html>...", "text/plain").message() == "an HTML page"
    assert answer(b"Sorry", "text/html; charset=utf-8").message() == "an HTML page"


def test_an_error_is_fit_for_people() -> None:
    error = HttpError("refused", "acme.freshdesk.com refuses the connection")
    assert isinstance(error, SendoffError)
    assert str(error) == error.message
    assert not error.sent
