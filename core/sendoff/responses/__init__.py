"""What an answer means for a delivery: an ordered table, a destination's rows before core's."""

from __future__ import annotations

from sendoff.responses.defaults import DEFAULT_RULES
from sendoff.responses.judgement import LONGEST_DETAIL, THROTTLED_WAIT, judge
from sendoff.responses.rule import ResponseRule
from sendoff.responses.wait import LONGEST_WAIT, retry_after

__all__ = [
    "DEFAULT_RULES",
    "LONGEST_DETAIL",
    "LONGEST_WAIT",
    "THROTTLED_WAIT",
    "ResponseRule",
    "judge",
    "retry_after",
]
