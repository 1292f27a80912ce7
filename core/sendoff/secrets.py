"""What stands wherever a secret stood."""

from __future__ import annotations

from typing import Final

MASK: Final = "***"
"""Shown for a secret, and for personal data that is masked."""
