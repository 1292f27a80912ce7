"""Who may send, and by which names the server may be called: as one value, swapped as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from sendoff.server.hosts import Hosts
from sendoff.server.keys import WriteKeys


@dataclass(frozen=True, slots=True)
class Access:
    """What a request is judged by from its beginning to its end.

    `signing_secret` is for signed requests; without one, none are taken.
    """

    keys: WriteKeys
    hosts: Hosts = field(default_factory=Hosts)
    signing_secret: str | None = field(default=None, repr=False)
