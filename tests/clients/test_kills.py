"""The service is killed while SDKs send: what was answered with 200 is not lost, nor doubled."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from sdks.calls import too_deep, track
from sdks.front import Front
from sdks.hosted import Hosted
from sdks.service import Service
from sdks.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sdks.client import Client

LINES, CALLS = 10, 20
SENT = 2 * LINES * CALLS


def test_what_was_answered_with_200_outlives_a_kill(
    tmp_path: Path, started: Callable[..., Client]
) -> None:
    with ExitStack() as stack:
        service = stack.enter_context(Service(tmp_path))
        front = Front(service.url)
        url = stack.enter_context(Hosted(front)).url
        clients = [
            stack.enter_context(started(name, url)) for name in ("segment-python", "segment-node")
        ]
        for _ in range(LINES):
            for client in clients:
                client.begin(*[track("usr_123")] * CALLS)
        clients[0].begin(too_deep("usr_123"))
        until(lambda: len(front.accepted) >= SENT // 4)
        service.kill()
        accepted = set(front.accepted)
        service.start()
        # First without help: SDKs may send again what they got no answer for.
        until(lambda: len(service.arrived(accepted)) >= len(accepted))
        errors = [client.settled() for _ in range(LINES) for client in clients]
        assert not any([*errors, clients[0].settled()])
        until(lambda: service.hook.receipts.events.added >= SENT)
        arrived = [each["message_id"] for each in service.hook.events]
        status = service.stop()
    assert len(accepted) < SENT
    assert len(set(arrived)) == len(arrived) == SENT
    # What did not arrive has its reason: it is no event, or nobody was identified.
    assert len(front.accepted) == status["events"] == SENT + 1
    assert front.accepted.keys() > set(arrived)
    assert status["dead"] == {"invalid_event": 1}
    assert status["routes"]["hook"]["delivered"] == SENT
    assert status["routes"]["support"]["dead"] == {"missing_field": SENT}
