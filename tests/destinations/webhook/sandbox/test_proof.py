"""Who is believed: bearer, basic and signed requests."""

from __future__ import annotations

import base64
import gzip
import hmac
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff_webhook.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    Send = Callable[..., Any]
    Signed = Callable[[str, bytes, float], dict[str, str]]

NOW = 1_767_362_400.0
BODY = b'{"type":"track"}'
BEARER = {"type": "bearer", "token": "a-token"}
BASIC = {"type": "basic", "user": "acme", "password": "a:b"}
HMAC = {"type": "hmac", "secret": "s3cr3t"}


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ({"type": "none"}, ""),
        (BEARER, "Bearer a-token"),
        (BEARER, "bearer a-token"),
        (BASIC, basic("acme:a:b")),
        ({**BASIC, "password": ""}, basic("acme:")),
    ],
)
def test_the_right_proof_is_believed(auth: Any, header: str, send: Send) -> None:
    app = create_sandbox(auth=auth)
    assert send(app, BODY, **({"Authorization": header} if header else {})).status_code == 200


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (BEARER, ""),
        (BEARER, "a-token"),
        (BEARER, "Bearer"),
        (BEARER, "Bearer A-token"),
        (BEARER, "Basic a-token"),
        (BASIC, ""),
        (BASIC, "Basic not*base64"),
        (BASIC, basic("acme:b")),
        (BASIC, basic("other:a:b")),
        (HMAC, "Bearer s3cr3t"),
    ],
)
def test_a_wrong_proof_or_none_is_401_and_shown_as_a_failure(
    auth: Any, header: str, send: Send
) -> None:
    app = create_sandbox(auth=auth)
    answer = send(app, BODY, **({"Authorization": header} if header else {}))
    assert (answer.status_code, app.events) == (401, [])
    page = send(app, method="GET", path="/_sandbox")
    [failure] = page.json()["failures"]
    assert failure["reason"] == answer.json()["error"]
    assert page.json()["counts"]["failures"] == 1
    assert not any(secret in page.text for secret in ("a-token", "a:b", "s3cr3t"))


@settings(max_examples=40, deadline=None)
@given(st.text(), st.text(), st.booleans())
def test_the_body_before_compression_is_what_is_signed(
    send: Send, signed: Signed, secret: str, text: str, packed: bool
) -> None:
    app = create_sandbox(auth={"type": "hmac", "secret": "s" + secret}, clock=lambda: NOW)
    body = b'{"text":"' + text.encode("ascii", "ignore").hex().encode() + b'"}'
    headers = signed("s" + secret, body, NOW)
    if packed:
        headers["Content_Encoding"] = "gzip"
    assert send(app, gzip.compress(body) if packed else body, **headers).status_code == 200


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(0, 200), (300, 200), (-300, 200), (301, 401), (-301, 401), (-1_767_362_400, 401)],
)
def test_a_signature_holds_for_five_minutes(
    seconds: int, status: int, send: Send, signed: Signed
) -> None:
    app = create_sandbox(auth=HMAC, clock=lambda: NOW)
    answer = send(app, BODY, **signed("s3cr3t", BODY, NOW + seconds))
    assert answer.status_code == status
    if status == 401:
        assert f"{abs(seconds)} seconds {'ahead' if seconds > 0 else 'ago'}" in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"X_Timestamp": ""},
        {"X_Signature": ""},
        {"X_Timestamp": "now"},
        {"X_Timestamp": "-1767362400000"},
        {"X_Timestamp": "1" * 17},
        {"X_Timestamp": "1767362400001"},
        {"X_Signature": "sha256="},
        {"X_Signature": "sha256=" + "0" * 64},
    ],
)
def test_a_signature_that_does_not_fit_is_401(changed: Any, send: Send, signed: Signed) -> None:
    app = create_sandbox(auth=HMAC, clock=lambda: NOW)
    assert send(app, BODY, **{**signed("s3cr3t", BODY, NOW), **changed}).status_code == 401


def test_another_body_or_secret_breaks_the_signature(send: Send, signed: Signed) -> None:
    app = create_sandbox(auth=HMAC, clock=lambda: NOW)
    headers = signed("s3cr3t", BODY, NOW)
    assert send(app, BODY + b" ", **headers).status_code == 401
    assert send(app, BODY, **signed("other", BODY, NOW)).status_code == 401
    bare = {**headers, "X_Signature": headers["X_Signature"].removeprefix("sha256=")}
    assert send(app, BODY, **bare).status_code == 401
    assert send(app, BODY, **headers).status_code == 200


@pytest.mark.parametrize("timestamp", ["now", "-1767362400000", "1767362400000.0", "1" * 17])
def test_a_time_that_is_none_is_401_however_well_it_is_signed(timestamp: str, send: Send) -> None:
    app = create_sandbox(auth=HMAC, clock=lambda: NOW)
    digest = hmac.new(b"s3cr3t", timestamp.encode() + b"." + BODY, "sha256").hexdigest()
    answer = send(app, BODY, X_Timestamp=timestamp, X_Signature=f"sha256={digest}")
    assert (answer.status_code, answer.json()["error"]) == (
        401,
        "X-Timestamp is no time in milliseconds",
    )
