"""What a request asks of the account whose quota it spends."""

from __future__ import annotations

from typing import Protocol


class Gate(Protocol):
    """The pace of one account, shared by every route that spends its quota."""

    async def permit(self) -> None:
        """Return when one request may leave; may take as long as the account is held."""

    async def observe(self, total: float | None, remaining: float | None) -> None:
        """Learn the quota as an answer told it: in all and left, None where it did not say."""
