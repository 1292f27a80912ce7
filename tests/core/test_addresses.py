from __future__ import annotations

import pytest

from sendoff.addresses import base_address, is_loopback, request_address
from sendoff.errors import UsageError


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://Events.Example.com", "https://events.example.com"),
        ("https://events.example.com/", "https://events.example.com"),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090"),
        ("http://[::1]:8090/", "http://[::1]:8090"),
        ("HTTP://localhost", "http://localhost"),
    ],
)
def test_a_base_address_is_scheme_host_and_port(written: str, read: str) -> None:
    assert base_address(written) == read


@pytest.mark.parametrize(
    "text",
    [
        "", "example.com", "ftp://example.com", "https://", "https://a..b", "https://example.com:0",
        "https://example.com:65536", "https://user@example.com", "https://example.com/path",
        "https://example.com?x", "https://example.com#x", "https://exam ple.com",
        "https://example.com\\@evil.example", "https://example.com\n",
    ],
)  # fmt: skip
def test_anything_else_is_no_base_address(text: str) -> None:
    with pytest.raises(UsageError, match="is no base address"):
        base_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://hooks.example.com/services/T0/B0?source=sendoff&v=%2F",
        "http://127.0.0.1:8090/in",
        "https://example.com",
        "https://example.com?x=1",
    ],
)
def test_a_request_address_stays_as_it_is(text: str) -> None:
    assert request_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://user:secret@example.com/", "https://example.com/#part", "https://example.com/a b",
        "https://example.com/caf\u00e9", "https://example.com\\@evil.example/", "//example.com/",
    ],
)  # fmt: skip
def test_anything_else_is_no_request_address(text: str) -> None:
    with pytest.raises(UsageError, match="is no web address"):
        request_address(text)


@pytest.mark.parametrize("read", [base_address, request_address])
@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "127.0.0.1.example.com", "[::2]"])
def test_plain_http_stays_on_this_machine(read: object, host: str) -> None:
    assert callable(read)
    with pytest.raises(UsageError, match="unencrypted"):
        read(f"http://{host}")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("LOCALHOST", True), ("127.9.9.9", True), ("[::1]", True), ("::1", True),
     ("192.0.2.1", False), ("localhost.example.com", False), ("", False)],
)  # fmt: skip
def test_loopback_is_this_machine_by_name_or_number(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
