"""How much one client, and all of them together, may ask of the server."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1_048_576


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are in bytes, times in seconds.

    `body` is for a request as it came and for what is inside when it was compressed: RudderStack's
    Python SDK sends up to 4 MiB, Datafly takes 5 MB. `events` is for one batch: Segment takes
    2,500, Datafly 500. `shared` is for what the events of one get from the batch, all together: its
    context is put under each. `memory` is for all bodies that are being read and opened together,
    `strangers` for those of clients that showed no key before the body, and `pending` for what the
    store was given and has not kept yet. `answer` is how long the store may take: SDKs of Segment
    send again after 10 seconds. `idle` is for a connection between two requests: it should go stale
    at the client first. `connections_per_address` is well below `requests`: no client can take them
    all with bodies that it sends slowly. `unanswered` is for requests of one connection that wait
    for the answer to another.
    """

    body: int = 5 * _MIB
    events: int = 10_000
    shared: int = 8 * _MIB
    memory: int = 64 * _MIB
    strangers: int = 16 * _MIB
    pending: int = 64 * _MIB
    requests: int = 500
    connections: int = 2_000
    connections_per_address: int = 200
    unanswered: int = 100
    head: int = 65_536
    head_seconds: float = 15.0
    body_seconds: float = 60.0
    answer_seconds: float = 8.0
    idle_seconds: int = 75
