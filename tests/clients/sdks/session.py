"""One SDK, and what stands between it and the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sdks.client import Client
    from sdks.front import Front
    from sdks.hosted import Hosted


@dataclass(frozen=True)
class Session:
    """`client` reaches the server by `front`, which listens as long as `host` does."""

    name: str
    client: Client
    front: Front
    host: Hosted
