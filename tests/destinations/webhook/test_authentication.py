from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from sendoff_webhook.authentication import HEADERS_OF, PARTS_OF, basic, proof, signature
from sendoff_webhook.settings import SETTINGS

NOW = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
EXAMPLES = {
    "none": {"type": "none"},
    "bearer": {"type": "bearer", "token": "t-123"},
    "basic": {"type": "basic", "user": "john", "password": "p:w"},
    "hmac": {"type": "hmac", "secret": "s-123"},
}


def hmac_sha256(key: bytes, message: bytes) -> str:
    """RFC 2104, written out: H(K xor opad, H(K xor ipad, text))."""
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()


def test_each_type_has_its_parts_and_sets_its_headers() -> None:
    auth = SETTINGS["properties"]["auth"]["properties"]
    assert set(EXAMPLES) == set(PARTS_OF) == set(auth["type"]["enum"])
    for kind, example in EXAMPLES.items():
        assert set(example) == {"type", *PARTS_OF[kind]} <= set(auth)
        made = set(proof(example, b"{}", NOW)) | ({"authorization"} if basic(example) else set())
        assert made == set(HEADERS_OF.get(kind, ()))


def test_a_token_is_borne_and_basic_is_left_to_the_client() -> None:
    assert proof(EXAMPLES["bearer"], b"{}", NOW) == {"authorization": "Bearer t-123"}
    assert proof(EXAMPLES["basic"], b"{}", NOW) == proof(EXAMPLES["none"], b"{}", NOW) == {}
    assert basic(EXAMPLES["basic"]) == ("john", "p:w")
    assert basic(EXAMPLES["bearer"]) is None


def test_the_time_is_in_milliseconds_wherever_the_clock_stands() -> None:
    for zone in (UTC, timezone(timedelta(hours=-7))):
        assert signature("s", b"", NOW.astimezone(zone))["x-timestamp"] == "1767323045678"


@given(
    secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100),
    body=st.binary(max_size=200),
    milliseconds=st.integers(0, 2**42),
)
def test_the_signature_is_over_time_and_body(secret: str, body: bytes, milliseconds: int) -> None:
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    signed = f"{milliseconds}.".encode() + body
    assert proof({"type": "hmac", "secret": secret}, body, now) == {
        "x-timestamp": str(milliseconds),
        "x-signature": "sha256=" + hmac_sha256(secret.encode(), signed),
    }
