"""A process that embeds sendoff and keeps sending: `python -m campaigns.embedded CONFIG WITNESS N`.

It sends the messages from number N on, delivers them in the same loop, and ends only by a kill.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from campaigns.witness import FileWitness
from sendoff import Sendoff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SENDERS = 2
TOGETHER = 3
_PAUSE = 0.01


def person_message(number: int) -> dict[str, Any]:
    """A sign-up of a person of their own, who uses the product of an account."""
    user = f"u{number}"
    return {
        "messageId": f"m{number}",
        "type": "track",
        "event": "Signed Up",
        "userId": user,
        "properties": {"method": "email", "groupId": "acme", "name": f"m{number}"},
        "context": {
            "traits": {"name": "John Doe", "email": f"{user}@example.com"},
            "consent": {"categoryPreferences": {"marketing": True}},
        },
    }


async def main(config: str, witness: str, first: str) -> None:
    """Send until killed."""
    kept = FileWitness(Path(witness))
    numbers = itertools.count(int(first))
    async with Sendoff.open(config, work=True) as sendoff, asyncio.TaskGroup() as senders:
        for _ in range(SENDERS):
            senders.create_task(_keep_sending(sendoff, kept, numbers))


async def _keep_sending(sendoff: Sendoff, kept: FileWitness, numbers: Iterator[int]) -> None:
    while True:
        batch = list(itertools.islice(numbers, TOGETHER))
        names = [f"m{number}" for number in batch]
        kept.note("append", names, done=False)
        await sendoff.send_many([person_message(number) for number in batch])
        kept.note("append", names, done=True)
        await asyncio.sleep(_PAUSE)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
