from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sendoff.delivery import Delivery
from sendoff_freshsuccess.batch import body

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8)
EVENTS = st.dictionaries(TEXT, TEXT | st.dictionaries(TEXT, TEXT, max_size=2), max_size=3)


@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_every_event_is_one_line_and_nothing_stands_at_the_end(
    events: list[dict[str, Any]],
) -> None:
    deliveries = [
        Delivery(str(n), "success", "feature", msgspec.json.encode(event), "", str(n))
        for n, event in enumerate(events)
    ]
    lines = body(deliveries).split(b"\n")
    assert [msgspec.json.decode(line) for line in lines] == events
    assert b"\r" not in body(deliveries)
