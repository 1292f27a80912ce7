"""The query language of the search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff_freshdesk.sandbox.query import Malformed, parse

TYPES = {
    "active": "boolean",
    "company_id": "integer",
    "email": "string",
    "tag": "string",
    "created_at": "date",
}
VALUES = {
    "active": True,
    "company_id": 331,
    "email": "john@marsspace.com",
    "tag": ["vip", "martian"],
    "created_at": "2017-10-03T12:29:36Z",
}


def matches(query: str) -> bool:
    return parse(f'"{query}"', TYPES)(VALUES.get)


@pytest.mark.parametrize(
    "query",
    [
        "active:true",
        "company_id:331",
        "company_id:>331",
        "company_id:<331 AND company_id:>-1",
        "email:'John@MarsSpace.com'",
        "tag:'vip'",
        "created_at:'2017-10-03'",
        "created_at:2017-10-03",
        "created_at:>'2017-10-01' AND created_at:<'2017-10-03'",
        "active:true AND (company_id:1 OR company_id:331)",
        "active:false AND company_id:1 OR tag:'vip'",
        "(active:false OR active:true) AND tag:'martian'",
        " active:true  AND  company_id:331 ",
    ],
)
def test_a_query_that_holds(query: str) -> None:
    assert matches(query)


@pytest.mark.parametrize(
    "query",
    [
        "active:false",
        "company_id:>332",
        "email:'john'",
        "email:null",
        "tag:null",
        "created_at:>'2017-10-04'",
        "active:true AND company_id:1",
        "active:false AND (company_id:1 OR tag:'vip')",
    ],
)
def test_a_query_that_does_not_hold(query: str) -> None:
    assert not matches(query)


def test_null_finds_what_has_no_value() -> None:
    nobody = dict.fromkeys(VALUES)
    assert parse('"email:null"', TYPES)(nobody.get)
    assert parse('"tag:null"', TYPES)({**nobody, "tag": []}.get)
    assert not parse('"company_id:>0"', TYPES)(nobody.get)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '"',
        "active:true",
        '""',
        '"active"',
        '"active:"',
        "\"name:'x'\"",
        '"active:yes"',
        "\"company_id:'331'\"",
        '"email:john"',
        "\"email:>'a'\"",
        "\"created_at:'yesterday'\"",
        '"active:true AND"',
        '"active:true active:true"',
        '"(active:true"',
        '"active:true)"',
        '"AND active:true"',
        '"' + "(" * 200 + "active:true" + ")" * 200 + '"',
        "\"email:'" + "a" * 505 + "'\"",
    ],
)
def test_what_is_not_of_the_language_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text, TYPES)


@given(
    st.text(max_size=600)
    | st.lists(
        st.sampled_from(
            ["(", ")", " AND ", " OR ", "active:true", "tag:'x'", "company_id:>1", "'"]
        ),
        max_size=120,
    ).map("".join)
)
def test_any_text_is_a_query_or_malformed(text: str) -> None:
    try:
        found = parse(f'"{text}"', TYPES)(VALUES.get)
    except Malformed:
        return
    assert found in (True, False)
