"""Events in the address of a picture."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.server.pixel import pixel_body
from sendoff.server.refusal import Refused


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_data_may_be_of_either_base64_and_lose_its_padding(encode: object) -> None:
    body = b'{"event":"\xc3\xbf\xc3\xbe?>~"}'
    assert callable(encode)
    data = encode(body).decode()
    for written in (data, data.rstrip("="), data.replace("+", " ")):
        assert pixel_body([("data", written)]) == body


def test_parameters_become_members() -> None:
    query = [("event", "E"), ("context.page.url", "https://example.com/"), ("context.ip", "x"),
             ("writeKey", "k"), ("event.name", "lost")]  # fmt: skip
    assert json.loads(pixel_body(query)) == {
        "event": "E", "context": {"page": {"url": "https://example.com/"}, "ip": "x"},
    }  # fmt: skip


@given(st.lists(st.tuples(st.text("a.") | st.text(), st.text())))
def test_every_query_is_an_object_of_little_depth(query: list[tuple[str, str]]) -> None:
    given = [(name, value) for name, value in query if name != "data"]
    assert isinstance(json.loads(pixel_body(given)), dict)


def test_what_is_no_base64_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        pixel_body([("data", "a")])
    assert refused.value.code == "invalid_data"
