from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.redact import Redactor
from sendoff.secrets import MASK

KEY = "p&ss/w\"ord<7>'é+ ~\\"
OTHER = "f00dcafe8badf00d"

# A star could make a secret out of the mark itself.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="*")
secrets = st.text(characters, min_size=4, max_size=24) | st.text(
    "aB3 &<>'\"/+%?=\\é€~!()", min_size=4, max_size=8
)
surroundings = st.text(characters, max_size=12)

Writer = Callable[[str], str]
writers: dict[str, Writer] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent in lower case": lambda text: re.sub(
        "%..", lambda found: found[0].lower(), quote(text, safe="")
    ),
    "path": quote,
    "form": quote_plus,
    "encodeURIComponent": lambda text: quote(text, safe="!~*'()"),
    "JSON": json.dumps,
    "JSON in UTF-8": lambda text: msgspec.json.encode(text).decode(),
    "JSON with slashes escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON for HTML": lambda text: re.sub(
        "[&<>']", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text)
    ),
    # A backslash that is escaped itself begins nothing.
    "JSON in upper case": lambda text: re.sub(
        r"\\(?:u(....)|.)",
        lambda found: "\\u" + found[1].upper() if found[1] else found[0],
        json.dumps(text),
    ),
    "Python": lambda text: repr(text)[1:-1],
    "Python, of bytes": lambda text: repr(text.encode())[2:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON as Python shows it": lambda text: repr(msgspec.json.encode(text))[2:-1],
    "HTML": html.escape,
    "HTML text": lambda text: html.escape(text, quote=False),
    "HTML of other makers": lambda text: html.escape(text).replace("&#x27;", "&#39;"),
}


@pytest.mark.parametrize("way", writers)
@given(before=surroundings, secret=secrets, after=surroundings)
def test_a_secret_is_covered_however_it_is_written(
    way: str, before: str, secret: str, after: str
) -> None:
    write = writers[way]
    written = write(before + secret + after)
    shown = Redactor([secret]).text(written)
    assert "***" in shown
    assert secret not in shown
    assert write(secret).strip('"') not in shown
    assert Redactor([secret]).data(written.encode()) == shown.encode()


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@given(before=surroundings, secret=secrets, after=surroundings)
def test_a_secret_is_covered_inside_base64(
    encode: Callable[[bytes], bytes], before: str, secret: str, after: str
) -> None:
    written = encode(f"{before}:{secret}:{after}".encode()).decode()
    shown = Redactor([secret]).text(written)
    alone = len(encode(f"{before}:{after}:".encode()))
    assert "***" in shown
    assert len(shown.replace("***", "")) <= alone + 4


@pytest.mark.parametrize("credentials", [f"{OTHER}:X", f"X:{OTHER}", f"me:{OTHER}", f"you:{OTHER}"])
def test_basic_credentials_are_covered(credentials: str) -> None:
    header = "Basic " + b64encode(credentials.encode()).decode()
    shown = Redactor([OTHER]).text(header)
    assert shown.startswith("Basic ")
    assert len(shown) < len("Basic ") + 16


def test_a_secret_in_an_address_is_covered_as_httpx_writes_it() -> None:
    odd = "a|b^c d[e]`{f}é"
    for place in ("https://example.com/v1/{}/events", "https://example.com/?key={}"):
        shown = Redactor([odd]).text(str(httpx.URL(place.format(odd))))
        assert shown == place.format("***")


# Every form of an ASCII secret is ASCII.
@given(
    st.text(st.characters(min_codepoint=128)),
    st.lists(st.text(st.characters(max_codepoint=127), min_size=4), max_size=3),
)
def test_a_text_without_a_secret_stays_as_it_is(text: str, known: list[str]) -> None:
    assert Redactor(known).text(text) == text


def test_ordinary_text_stays_as_it_is() -> None:
    text = '{"email": "john.doe@example.com", "id": 4410} https://example.com/a%20b?c=d+e'
    assert Redactor([KEY, OTHER]).text(text) == text


def test_without_secrets_nothing_is_covered() -> None:
    redactor = Redactor([])
    assert redactor.text(KEY) == KEY
    assert redactor.data(b"\xff") == b"\xff"
    assert redactor.head(b"abc", 2) == "ab…"


def test_a_redactor_that_is_off_covers_nothing() -> None:
    assert Redactor([KEY], enabled=False).text(KEY) == KEY


def test_a_secret_of_three_characters_is_not_looked_for() -> None:
    assert Redactor(["abc", ""]).text("the abc") == "the abc"
    assert Redactor(["abcd"]).text("the abcd") == "the ***"


# A text may end or begin with what is half a secret, or hold a line's end as a secret does.
lines = st.lists(st.text(characters) | st.sampled_from([OTHER, OTHER[:8], OTHER[8:], "a\nbc", "a"]))


@given(texts=lines, secret=secrets | st.sampled_from([OTHER, "a\nbc", "bc\na", "\n\n\n\n"]))
def test_many_texts_are_covered_as_each_by_itself(texts: list[str], secret: str) -> None:
    redactor = Redactor([secret])
    assert list(redactor.texts(texts)) == [redactor.text(each) for each in texts]


def test_many_texts_of_which_one_has_a_secret_stay_as_many() -> None:
    assert Redactor([OTHER]).texts(["a", f"b {OTHER}", ""]) == ["a", "b ***", ""]
    assert list(Redactor([OTHER]).texts([])) == []


def test_the_longer_of_two_secrets_is_covered_whole() -> None:
    assert Redactor(["token", "token-and-more"]).text("token-and-more token") == "*** ***"


def test_a_value_is_covered_in_keys_and_texts_at_any_depth() -> None:
    value: dict[str, Any] = {
        OTHER: 1,
        "list": [f"key {OTHER}", {"deep": OTHER}],
        "n": None,
        "b": True,
    }
    expected = {"***": 1, "list": ["key ***", {"deep": "***"}], "n": None, "b": True}
    assert Redactor([OTHER]).value(value) == expected
    assert value["list"][0] == f"key {OTHER}"


@given(st.integers(0, 40), st.integers(1, 60))
def test_no_part_of_a_secret_is_left_where_a_body_is_cut(place: int, limit: int) -> None:
    body = ("." * place + OTHER + "." * 80).encode()
    shown = Redactor([OTHER]).head(body, limit)
    assert not re.search("[0-9a-f]", shown)
    assert shown.endswith("…")
    assert len(shown) <= limit + 1


@given(st.integers(17, 60))
def test_no_part_of_a_secret_is_left_where_the_body_itself_ends(length: int) -> None:
    body = ("." * 50 + OTHER * 4).encode()[: 50 + length]
    assert not re.search("[0-9a-f]", Redactor([OTHER]).head(body, len(body) - 17))


def test_a_long_body_is_shown_up_to_the_limit() -> None:
    assert Redactor([OTHER]).head(b"." * 1000, 100) == "." * 100 + "…"


def test_a_short_body_is_shown_whole() -> None:
    assert Redactor([OTHER]).head(f"é {OTHER}".encode(), 100) == "é ***"
    assert Redactor([OTHER]).head(b"\xff", 100) == "\ufffd"


def test_a_secret_that_is_learnt_later_is_covered_from_then_on() -> None:
    redactor = Redactor([OTHER])
    assert redactor.text(f"{OTHER} hidden-too") == "*** hidden-too"
    redactor.learn(["hidden-too", "abc"])
    assert redactor.text(f"{OTHER} hidden-too abc") == "*** *** abc"
    off = Redactor([], enabled=False)
    off.learn([OTHER])
    assert off.text(OTHER) == OTHER


@pytest.mark.parametrize(
    ("address", "repeated", "covered"),
    [
        ("https://h.example.com/in/KEY?k=S", "POST /in/KEY?k=S is not found", True),
        ("https://h.example.com/services/T00/B00/key", "no /services/T00/B00/key", True),
        ("https://h.example.com/events", "see examples/events.ndjson", False),
        ("https://h.example.com", "see https://other.example.com", False),
    ],
)
def test_of_a_secret_address_the_part_that_may_be_a_key_is_covered_by_itself(
    address: str, repeated: str, covered: bool
) -> None:
    shown = Redactor([address]).text(repeated)
    assert (MASK in shown) is covered
    assert Redactor([address]).text(f"at {address}.") == f"at {MASK}."
