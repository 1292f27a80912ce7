"""How many connections each client holds: one that holds too many shall keep out no other."""

from __future__ import annotations

import logging
from collections import Counter
from ipaddress import IPv6Address

_log = logging.getLogger(__name__)


class Peers:
    """Counts the connections of one listener by the network address they come from."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: Counter[str] = Counter()
        self._is_told = False

    def enter(self, address: str) -> bool:
        """Count a connection until it leaves; False for one too many, which is to be cut."""
        self._held[address] += 1
        if self._held[address] <= self._most:
            return True
        if not self._is_told:
            self._is_told = True
            _log.warning(
                "one address holds %s connections: its others are refused"
                " (for a proxy raise `server.connections_per_address`)", self._most,
            )  # fmt: skip
        return False

    def leave(self, address: str) -> None:
        """A connection that was counted is gone."""
        self._held[address] -= 1
        if not self._held[address]:
            del self._held[address]


def network(host: str) -> str:
    """What stands for one client: an IPv4 address, or the /64 that one has of IPv6."""
    if ":" not in host:
        return host
    address = IPv6Address(host)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.packed[:8].hex()
