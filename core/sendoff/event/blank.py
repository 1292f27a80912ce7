"""What says nothing wherever an event may hold it."""

from __future__ import annotations


def is_blank(value: object) -> bool:
    """Whether it is null, or text without anything but white space."""
    return value is None or (isinstance(value, str) and not value.strip())
