"""What a request says about itself."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.testing.sandbox import Request


def request(**given: Any) -> Request:
    return Request(
        **{"method": "GET", "path": "/", "query_string": "", "headers": {}, "body": b""} | given
    )


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        ("/v1/a%2Fb/c%20d", ["v1", "a/b", "c d"]),
        ("/v1/a/", ["v1", "a", ""]),
        ("/", [""]),
        ("//a", ["", "a"]),
    ],
)
def test_a_path_is_decoded_part_by_part(raw: str, segments: list[str]) -> None:
    assert request(raw_path=raw).segments == segments


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ({}, ""),
        ({"content-type": "Application/JSON; charset=utf-8"}, "application/json"),
        ({"content-type": "text/plain"}, "text/plain"),
    ],
)
def test_the_media_type_has_no_parameters(header: dict[str, str], named: str) -> None:
    assert request(headers=header).media_type == named


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Basic YTpiOmM=", ("a", "b:c")),
        ("basic YTo=", ("a", "")),
        ("Basic YQ==", None),
        ("Basic not*base64", None),
        ("Basic //46WA==", None),
        ("Bearer YTpi", None),
    ],
)
def test_basic_credentials_are_read(header: str, found: tuple[str, str] | None) -> None:
    assert request(headers={"authorization": header}).credentials == found


def test_the_target_is_path_and_query() -> None:
    assert request(path="/a", query_string="b=c&b=d").target == "/a?b=c&b=d"
    assert request(path="/a", query_string="b=c&b=d").parameters == {"b": "d"}
    assert request(path="/a").target == "/a"


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"[" * 100_000, b'"\xff"'])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        request(body=body).json()
