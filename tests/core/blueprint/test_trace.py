from __future__ import annotations

import pytest

from sendoff.blueprint.trace import Trace


def test_steps_are_recorded_in_order_and_inside_each_other() -> None:
    trace = Trace()
    trace.add("first", a=1)
    with trace.inside("outer") as outer:
        trace.add("inner")
        with trace.inside("deeper"):
            trace.add("deepest")
        outer["held"] = True
    trace.add("last")
    assert trace.entries == [
        {"step": "first", "a": 1},
        {
            "step": "outer",
            "steps": [{"step": "inner"}, {"step": "deeper", "steps": [{"step": "deepest"}]}],
            "held": True,
        },
        {"step": "last"},
    ]


def test_a_failure_inside_leaves_the_trace_where_it_was() -> None:
    trace = Trace()
    with pytest.raises(ValueError, match="x"), trace.inside("outer"):
        raise ValueError("x")
    trace.add("after")
    assert [entry["step"] for entry in trace.entries] == ["outer", "after"]
