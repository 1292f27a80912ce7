from __future__ import annotations

import pytest

from sendoff.quota import Quota, parse_quota


def test_a_quota_is_read_from_the_headers_of_an_answer() -> None:
    headers = {"x-ratelimit-total": "400", "x-ratelimit-remaining": "399"}
    assert parse_quota(headers) == Quota(400.0, 399.0)


def test_case_and_decimals_do_not_matter() -> None:
    headers = {"X-Ratelimit-Total": "100.0", "X-RateLimit-REMAINING": " 99 "}
    assert parse_quota(headers) == Quota(100.0, 99.0)


def test_a_limit_is_a_total() -> None:
    assert parse_quota({"x-ratelimit-limit": "50"}) == Quota(50.0, None)


def test_a_rest_of_zero_is_told() -> None:
    assert parse_quota({"x-ratelimit-remaining": "0"}) == Quota(None, 0.0)


@pytest.mark.parametrize("junk", ["", "many", "nan", "inf", "-1", "1;w=60", "1,1"])
def test_junk_is_not_said(junk: str) -> None:
    assert parse_quota({"x-ratelimit-total": junk, "x-ratelimit-remaining": junk}) is None


def test_an_answer_without_the_headers_has_no_quota() -> None:
    assert parse_quota({"content-type": "application/json"}) is None
