"""By which name the server may be called.

A page of any site may let its name lead to this machine (DNS rebinding), and would then be taken
for one of ours. It cannot change the Host header, which still has its name.
"""

from __future__ import annotations

from sendoff.addresses import is_loopback
from sendoff.server.refusal import Refused


def check_host(host: str, *, is_remote: bool) -> None:
    """Raise Refused for a name that is not this machine's; a server for others takes any."""
    if is_remote:
        return
    name = host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    if not is_loopback(name):
        raise Refused(
            421, "unknown_host",
            "this server answers to localhost alone (have a proxy send `Host: localhost`)",
        )  # fmt: skip
