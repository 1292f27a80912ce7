from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.times import EPOCH_MS, EPOCH_S, ISO8601

iso8601, epoch_ms, epoch_s = (each.build(None) for each in (ISO8601, EPOCH_MS, EPOCH_S))

MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.integers(min_value=-1439, max_value=1439).map(
        lambda minutes: timezone(timedelta(minutes=minutes))
    ),
)


@given(MOMENTS)
def test_any_iso_text_is_brought_to_utc_with_milliseconds(moment: datetime) -> None:
    expected = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert iso8601(moment.isoformat()) == expected
    assert iso8601(expected) == expected
    assert iso8601(moment.isoformat(sep=" ")) == expected


@given(st.integers(min_value=10**11, max_value=253402300799999) | st.integers(max_value=-(10**11)))
def test_from_ten_to_the_eleven_on_a_count_is_of_milliseconds(count: int) -> None:
    if count < -62135596800000:
        with pytest.raises(TransformError, match="outside the years"):
            epoch_ms(count)
        return
    assert epoch_ms(count) == epoch_ms(str(count)) == epoch_ms(iso8601(count)) == count
    assert epoch_s(count) == count // 1000


@given(st.integers(min_value=-62135596800, max_value=10**11 - 1))
def test_below_it_is_of_seconds(count: int) -> None:
    assert epoch_s(count) == count
    assert epoch_ms(str(count)) == epoch_ms(iso8601(count)) == count * 1000


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.678+00:00", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05.678000+00:00", "2026-01-02T03:04:05.678Z"),
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02t03:04:05z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05.500Z"),
        ("2026-01-02T03:04:05.999999999Z", "2026-01-02T03:04:05.999Z"),
        ("20260102T030405Z", "2026-01-02T03:04:05.000Z"),
        ("2026-01-02T03:04-05", "2026-01-02T08:04:00.000Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"),
        (" 2026-01-02 ", "2026-01-02T00:00:00.000Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
    ],
)
def test_the_forms_sdks_send_are_read(text: str, moment: str) -> None:
    assert iso8601(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a date",
        "2026-13-01",
        "2026-02-30",
        "2026-01-02T25:00Z",
        "2026-01-02x03:04",
        "2026-1-2",
        "2026-01-02T03:04:05+99:00",
        "02/01/2026",
        "2026-W01-1",
        "1e12",
        "12.5",
        "2026-01-02T0",
        "\u0662026-01-02",
        "0000-01-01",
        "2026-0102",
        "1" * 18,
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(TransformError, match="is no time"):
        epoch_ms(text)


@pytest.mark.parametrize(
    "value", [10**17, -(10**17), 1e300, "0001-01-01T00:00+01:00", "9999-12-31T23:59:59-01:00"]
)
def test_a_year_that_iso_text_cannot_write_is_refused(value: Any) -> None:
    with pytest.raises(TransformError, match="outside the years 1 to 9999"):
        iso8601(value)


@pytest.mark.parametrize("run", [iso8601, epoch_ms, epoch_s])
@pytest.mark.parametrize("value", [None, True, [], {}])
def test_only_text_and_numbers_are_taken(run: Any, value: Any) -> None:
    with pytest.raises(TransformError, match="takes text or a number, not "):
        run(value)


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_json_cannot_write_is_no_time(value: float) -> None:
    with pytest.raises(TransformError, match="is no time"):
        epoch_ms(value)


def test_text_without_an_offset_is_utc_wherever_the_machine_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        assert epoch_s("1970-01-01T00:00:00") == 0
    time.tzset()


def test_a_fraction_of_seconds_is_kept_to_the_millisecond() -> None:
    assert epoch_ms(1767323045.678) == 1767323045678
    assert epoch_ms(1767323045678.0) == 1767323045678


OUR_FORM = "2026-01-02T03:04:05.678Z"


@given(
    st.lists(st.tuples(st.integers(0, 23), st.sampled_from("0123456789TZtz:.,-+W ")), max_size=4)
)
def test_the_short_way_for_an_events_own_form_reads_what_the_long_way_does(
    changes: list[tuple[int, str]],
) -> None:
    read = EPOCH_MS.build(None)
    characters = list(OUR_FORM)
    for place, character in changes:
        characters[place] = character
    text = "".join(characters)

    def result(written: str) -> Any:
        try:
            return read(written)
        except TransformError as error:
            return str(error)

    assert result(text) == result(f"{text} ")  # with a blank behind it, it goes the long way


@pytest.mark.parametrize(
    "text", ["2026-W01-1T03:04:05.678Z", "2026-01-02T03:04.057678Z", "2026-01-02T03:04:05:678Z"]
)
def test_as_long_as_an_events_own_form_is_not_enough(text: str) -> None:
    with pytest.raises(TransformError):
        EPOCH_MS.build(None)(text)
