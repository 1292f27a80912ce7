"""Durations, sizes and rates as people write them: `10s`, `500KB`, `50/min`."""

from __future__ import annotations

import re

_NUMBER = r"(\d{1,12}(?:\.\d{1,6})?)"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_PER = {"s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "hour": 3600.0}

_DURATION = re.compile(rf"{_NUMBER}\s*(ms|s|min|m|h|d)", re.ASCII)
_SIZE = re.compile(rf"{_NUMBER}\s*(B|KB|MB|GB)", re.ASCII)
_RATE = re.compile(rf"{_NUMBER}\s*/\s*(sec|s|min|m|hour|h)", re.ASCII)


def parse_duration(text: str) -> float:
    """Seconds. Raises ValueError, saying how to write one."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is no duration: write a number and ms, s, m, h or d, as in 10s")
    return float(match[1]) * _SECONDS[match[2]]


def parse_size(text: str) -> int:
    """Bytes; a KB is 1,000 of them. Raises ValueError, saying how to write one."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is no size: write a number and B, KB, MB or GB, as in 500KB")
    return int(float(match[1]) * _BYTES[match[2]])


def parse_rate(text: str) -> float:
    """Requests a second. Raises ValueError, saying how to write one."""
    match = _RATE.fullmatch(text)
    if match is None or float(match[1]) == 0:
        raise ValueError(f"`{text}` is no rate: write requests per time, as in 50/min or 5/s")
    return float(match[1]) / _PER[match[2]]
