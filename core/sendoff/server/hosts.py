"""By which name the server may be called.

A page of any site may let its name lead to this machine (DNS rebinding), and would then be taken
for one of ours. It cannot change the Host header, which still has its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff.addresses import is_loopback
from sendoff.server.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Hosts:
    """The `names` in small letters that are answered beside this machine's own; or `any_name`."""

    names: frozenset[str] = frozenset()
    any_name: bool = False

    @classmethod
    def of(cls, names: Iterable[str], *, any_name: bool) -> Hosts:
        """As they are written in a pipeline file."""
        return cls(frozenset(name.lower() for name in names), any_name)

    def check(self, host: str) -> None:
        """Raise Refused for a Host header, whatever its port, whose name is none of these."""
        if self.any_name:
            return
        name = host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        if name.lower() not in self.names and not is_loopback(name):
            raise Refused(
                421, "unknown_host",
                "this server does not go by that name (list it in `server.hosts`,"
                " or have a proxy send `Host: localhost`)",
            )  # fmt: skip
