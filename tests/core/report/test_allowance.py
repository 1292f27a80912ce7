from __future__ import annotations

import pytest

from sendoff.destination import Limits
from sendoff.quantities import parse_rate
from sendoff.report.allowance import as_json, told


@pytest.mark.parametrize("rate", ["5/s", "50/min", "59/h", "1/s", "0.5/h", "1.5/min"])
def test_a_rate_is_told_as_the_file_has_it(rate: str) -> None:
    assert told(Limits(rate=parse_rate(rate))) == f"at most {rate}, 4 at once"


def test_without_a_rate_the_destination_alone_sets_the_pace() -> None:
    assert told(Limits(concurrency=1)) == "no limit of requests, 1 at once"


def test_what_is_left_to_others_is_told_as_a_share() -> None:
    limits = Limits(reserve=0.25)
    assert told(limits).endswith(", 25% of the quota left to others")
    assert as_json(limits) == {"rate": None, "concurrency": 4, "reserve": 0.25}
