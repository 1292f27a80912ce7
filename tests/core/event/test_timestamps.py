from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.event.timestamps import read_timestamp, utc_text, window


def none_expected(mark: str) -> None:
    raise AssertionError(mark)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime.fromisoformat("0001-01-02"),
    max_value=datetime.fromisoformat("9999-12-30"),
    timezones=st.just(UTC),
)
offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def expected(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@given(moments)
def test_utc_text_is_iso_with_milliseconds_cut(moment: datetime) -> None:
    assert utc_text(moment) == expected(moment)
    assert utc_text(moment.replace(tzinfo=None)) == expected(moment)


@given(moments, offsets)
def test_what_we_write_and_any_iso_form_of_it_read_back_the_same(
    moment: datetime, offset: timezone
) -> None:
    marks: list[str] = []
    text = utc_text(moment)
    local = moment.astimezone(offset)
    for form in (text, moment.isoformat(), local.isoformat(), local.isoformat(" "), text.lower()):
        assert read_timestamp(form, None, marks.append) == text
    assert marks == []


@given(st.integers(10**11, 253402300799999))
def test_a_number_from_ten_to_the_eleventh_on_counts_milliseconds(number: int) -> None:
    text = expected(EPOCH + timedelta(milliseconds=number))
    assert (
        read_timestamp(number, None, none_expected)
        == read_timestamp(str(number), None, none_expected)
        == text
    )


@given(st.integers(-(10**10), 10**11 - 1))
def test_a_smaller_number_counts_seconds(number: int) -> None:
    assert read_timestamp(number, None, none_expected) == expected(
        EPOCH + timedelta(seconds=number)
    )


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.678+00:00", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.678000+00:00", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T03:04:05.6789999Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"),
        (" 2026-01-02t03:04:05z ", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02", "2026-01-02T00:00:00.000Z"),
        ("20260102T030405Z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02 03", "2026-01-02T03:00:00.000Z"),
        ("2026-w01-5", "2026-01-02T00:00:00.000Z"),
        ("1767323045", "2026-01-02T03:04:05.000Z"),
        (1767323045678, "2026-01-02T03:04:05.678Z"),
        (0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_documented_forms_are_read(sent: object, read: str) -> None:
    marks: list[str] = []
    assert read_timestamp(sent, "ignored", marks.append) == read
    assert marks == []


@pytest.mark.parametrize(
    "sent",
    [
        "not a date",
        "2026-13-02T03:04:05.678Z",
        "2026-01-02T24:00:00.000Z",
        "2026-W01-8",
        "2026-01-02T03:04:05.67xZ",
        "0001-01-01T00:00:00+23:59",
        "9" * 30,
        "9" * 5000,
        10**20,
        1767323045.678,
        True,
        ["2026-01-02"],
        {"$date": 0},
    ],
    ids=lambda sent: str(sent)[:30],
)
def test_what_cannot_be_read_gives_nothing_and_a_mark(sent: object) -> None:
    marks: list[str] = []
    assert read_timestamp(sent, "2026-01-02T03:04:05.678Z", marks.append) is None
    assert marks == ["timestamp_unreadable: $.timestamp"]


@pytest.mark.parametrize("sent", [None, "", "  "])
def test_the_original_timestamp_speaks_where_the_other_has_no_value(sent: str | None) -> None:
    marks: list[str] = []
    assert read_timestamp(sent, "2026-01-02", marks.append) == "2026-01-02T00:00:00.000Z"
    assert read_timestamp(sent, " ", marks.append) is None
    assert marks == []
    assert read_timestamp(sent, "soon", marks.append) is None
    assert marks == ["timestamp_unreadable: $.originalTimestamp"]


def test_a_window_is_half_an_hour() -> None:
    assert window("1970-01-01T00:29:59.999Z") == 0
    assert window("1970-01-01T00:30:00.000Z") == 1
    assert window("1969-12-31T23:59:59.999Z") == -1
