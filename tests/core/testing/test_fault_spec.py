"""A toxic as one text: what is written is read back, and mistakes are answered with advice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.errors import UsageError
from sendoff.testing.faults import (
    TOXICS,
    Bandwidth,
    CutAnswer,
    Down,
    Latency,
    LimitData,
    LostAnswer,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
    Toxic,
    attributes,
    describe_toxics,
    parse_toxic,
    write_toxic,
)

if TYPE_CHECKING:
    from collections.abc import Callable

REAL = st.floats(0, 1e9)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "latency": REAL,
    "jitter": REAL,
    "rate": REAL.filter(bool),
    "delay": REAL,
    "timeout": REAL,
    "average_size": st.integers(100, 10**9),
    "size_variation": st.integers(0, 99),
    "bytes": st.integers(0, 10**12),
    "reset": st.booleans(),
    "stream": st.sampled_from(["upstream", "downstream"]),
    "toxicity": st.floats(0, 1),
    "times": st.none() | st.integers(1, 10**6),
    "only": st.from_regex(r"\A[A-Za-z0-9 /,.=:^$\\d{}]{0,12}\Z").filter(
        lambda text: _compiles(text) and not re.search(r",[a-z_]+=", text)
    ),
    "name": st.from_regex(r"\A[A-Za-z0-9_.-]{0,8}\Z"),
}


def _compiles(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def toxics() -> st.SearchStrategy[Toxic]:
    return st.sampled_from(list(TOXICS.values())).flatmap(
        lambda toxic: st.builds(
            toxic, **{each.name: VALUES[each.name] for each in attributes(toxic)}
        )
    )


@given(toxics())
def test_what_is_written_is_read_back(toxic: Toxic) -> None:
    assert parse_toxic(write_toxic(toxic)) == toxic


@given(st.text(max_size=40) | st.from_regex(r"\A[a-z_]{4,12}(:[a-z_=0-9,.]{0,20})?\Z"))
def test_any_text_is_a_toxic_or_a_usage_error(text: str) -> None:
    try:
        toxic = parse_toxic(text)
    except UsageError:
        return
    assert toxic.type == text.partition(":")[0]


@given(st.sampled_from(sorted(TOXICS)), st.sampled_from(sorted(VALUES)), st.text(max_size=8))
def test_any_value_is_taken_or_a_usage_error(kind: str, name: str, value: str) -> None:
    try:
        toxic = parse_toxic(f"{kind}:{name}={value}")
    except UsageError:
        return
    assert parse_toxic(write_toxic(toxic)) == toxic


@pytest.mark.parametrize(
    ("text", "toxic"),
    [
        ("lost_answer", LostAnswer(times=1)),
        ("lost_answer:times=2", LostAnswer(times=2)),
        ("lost_answer:times=all,reset=true", LostAnswer(times=None, reset=True)),
        ("cut_answer:bytes=10", CutAnswer(bytes=10)),
        ("latency:latency=0.2,stream=downstream", Latency(latency=0.2)),
        ("latency:latency=200ms,jitter=50ms", Latency(latency=0.2, jitter=0.05)),
        ("latency:latency=1m", Latency(latency=60)),
        ("bandwidth:rate=0.5,toxicity=0.1", Bandwidth(rate=0.5, toxicity=0.1)),
        ("slow_close:delay=2s,stream=upstream", SlowClose(delay=2, stream="upstream")),
        ("timeout:timeout=0", Timeout(timeout=0)),
        ("reset_peer", ResetPeer()),
        ("reset_peer:name=nasty,only=^POST /a,b", ResetPeer(name="nasty", only="^POST /a,b")),
        ("slicer:average_size=64,size_variation=8", Slicer(average_size=64, size_variation=8)),
        ("limit_data:bytes=0", LimitData(bytes=0)),
        ("down", Down()),
    ],
)
def test_a_text_is_read(text: str, toxic: Toxic) -> None:
    assert parse_toxic(text) == toxic


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("lost_anser", "unknown toxic `lost_anser`: did you mean `lost_answer`?"),
        ("lost_answer times=2", "did you mean `lost_answer`?"),
        ("", "unknown toxic ``: use one of: bandwidth"),
        ("latency:latncy=1", "latency has no attribute `latncy`: did you mean `latency`?"),
        ("down:times=1", "down has no attribute `times`"),
        ("down:only=x", "down has no attribute `only`"),
        ("lost_answer:stream=upstream", "lost_answer has no attribute `stream`"),
        ("latency", "latency needs latency=… (seconds)"),
        ("slicer:delay=1ms", "slicer needs average_size=… (bytes)"),
        ("latency:latency", "latency: `latency` has no value: write latency=…"),
        ("lost_answer:times=1,times=2", "lost_answer: `times` is given twice"),
        ("latency:latency=1000", "latency=1000 must be a length of time: 200ms, 0.2s, 1m"),
        ("latency:latency=-1", "latency=-1 must be a length of time"),
        ("latency:latency=1e999", "must be a length of time"),
        ("latency:latency=5 ms", "must be a length of time"),
        ("bandwidth:rate=0", "bandwidth: rate=0.0 must be a number of KB/s above 0"),
        ("bandwidth:rate=nan", "rate=nan must be a number of KB/s above 0"),
        ("limit_data:bytes=1_000", "must be a whole number of bytes, 0 or more"),
        ("limit_data:bytes=1.5", "must be a whole number of bytes, 0 or more"),
        ("slicer:average_size=0", "must be a whole number of bytes, 1 or more"),
        ("slicer:average_size=5,size_variation=5", "size_variation must be below average_size"),
        ("lost_answer:times=0", "times=0 must be a whole number, 1 or more, or all"),
        ("lost_answer:toxicity=1.1", "toxicity=1.1 must be a number from 0 to 1"),
        ("lost_answer:reset=yes", "reset=yes must be true or false"),
        ("reset_peer:stream=up", "stream=up must be upstream (what the client sends)"),
        ("reset_peer:only=(", "only=( must be a regular expression"),
        ("reset_peer:only=^POST,times=2", "takes the rest of the text, so put it after `times`"),
        ("reset_peer:name=a b", "name=a b must be of letters, digits"),
    ],
)
def test_a_mistake_gets_advice(text: str, advice: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_toxic(text)
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Latency(latency=-1),
        lambda: Latency(latency=float("inf")),
        lambda: Latency(latency=True),
        lambda: LimitData(bytes=1.5),  # type: ignore[arg-type]
        lambda: LostAnswer(times=0),
        lambda: ResetPeer(stream="sideways"),  # type: ignore[arg-type]
        lambda: ResetPeer(only="("),
        lambda: Down(name="a,b"),
    ],
)
def test_a_toxic_from_python_is_judged_alike(make: Callable[[], Toxic]) -> None:
    with pytest.raises(UsageError, match="must be"):
        make()


def test_the_description_names_every_toxic_and_attribute() -> None:
    described = describe_toxics()
    for kind, toxic in TOXICS.items():
        assert f"{kind}: {toxic.meaning}" in described
        for attribute in attributes(toxic):
            assert f"  {attribute.name}  {attribute.meaning} (" in described
