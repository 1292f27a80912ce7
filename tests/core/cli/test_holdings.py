"""What a sandbox holds, told to people in 80 columns."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from sendoff.cli.holdings import Holdings, fetched
from sendoff.serving import serve

CONTACT = {
    "id": 101000000003, "active": True, "name": "John Doe", "email": "john.doe@example.com",
    "tags": ["marketing-consent"], "custom_fields": {"signup_method": "email"},
}  # fmt: skip
DESK = {
    "sandbox": "freshdesk",
    "counts": {"contacts": 7, "deleted": 0, "requests": 1234, "by_status": {"201": 7, "409": 1}},
    "requests": [{"id": 1, "name": "POST"}] * 9,
    "contacts": [CONTACT] * 6,
}
USE = {"accountId": "acct-7", "userId": "usr_1", "product": None, "feature": "Search", "total": 12}
COLLECTOR = {
    "counts": {"events": 2, "dropped": 0, "by_action": {"feature": 2}, "by_rule": {}},
    "events": [{"id": 1, "name": "feature Search"}],
    "aggregates": {"total": [USE], "timeSpent": [], "beyond": {"total": 0}},
}


def told(page: Any) -> list[str]:
    return Holdings(page).told().splitlines()


def test_counts_are_told_with_their_zeros_and_by_kind() -> None:
    assert told(DESK)[:2] == [
        "  contacts 7, deleted 0, requests 1,234",
        "  by status: 201 (7), 409 (1)",
    ]


def test_programs_get_the_plain_counts() -> None:
    assert Holdings(DESK).counts == {"contacts": 7, "deleted": 0, "requests": 1234}


def test_the_first_things_are_shown_by_what_tells_them_apart() -> None:
    assert told(DESK)[3:6] == [
        "contacts, 5 of 7:",
        "id            name      email",
        "101000000003  John Doe  john.doe@example.com",
    ]
    assert len(told(DESK)) == 10


def test_aggregates_are_shown_in_the_place_of_single_events() -> None:
    assert told(COLLECTOR) == [
        "  events 2, dropped 0",
        "  by action: feature (2)",
        "",
        "aggregates of total:",
        "accountId  userId  feature  total",
        "acct-7     usr_1   Search   12",
    ]


def test_what_has_too_many_columns_keeps_the_last_one() -> None:
    wide = {f"column_{n}": "x" * 20 for n in range(6)}
    lines = told({"aggregates": {"total": [{**wide, "total": 3}]}})
    assert lines[-1] == "  ".join(["x" * 20] * 3 + ["3"])


def test_a_long_cell_is_cut_and_a_terminal_is_not_commanded() -> None:
    lines = told({"aggregates": {"total": [{"feature": "\x1b[2J" + "n" * 80, "total": 1}]}})
    assert lines[-1].split() == ["\\x1b[2J" + "n" * 18 + "…", "1"]


def test_brackets_are_shown_as_they_are() -> None:
    lines = told({"aggregates": {"total": [{"[b]": "[/x] [red]a", "total": 1}]}})
    assert [line.split() for line in lines[-2:]] == [["[b]", "total"], ["[/x]", "[red]a", "1"]]


def test_a_page_without_anything_is_nothing() -> None:
    pages: tuple[Any, ...] = ({}, {"counts": None}, {"counts": {}, "aggregates": {}})
    for page in pages:
        assert told(page) == ["  nothing"]


CELLS = st.none() | st.booleans() | st.integers() | st.text(max_size=90) | st.just([1])
PAGES = st.fixed_dictionaries(
    {
        "counts": st.dictionaries(
            st.text("abc_", min_size=1, max_size=9),
            st.integers(0, 10**6) | st.dictionaries(st.text("abc"), st.integers(0, 9)),
        ),
        "aggregates": st.dictionaries(
            st.text("abc", max_size=9),
            st.lists(st.dictionaries(st.text("abcdefghij", max_size=40), CELLS), max_size=7),
        ),
    }
)


@example({"aggregates": {"total": [dict.fromkeys("abc", "漢" * 20)]}})
@settings(max_examples=40, deadline=None)
@given(PAGES)
def test_no_page_is_wider_than_80_columns(page: Any) -> None:
    assert max(map(cell_len, told(page))) <= 80


async def test_a_page_is_fetched() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"counts": {"events": 3}}'})

    async with serve(app) as server:
        assert (await fetched(f"{server.url}/_sandbox")).counts == {"events": 3}
