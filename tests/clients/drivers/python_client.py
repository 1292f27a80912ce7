"""Drives a Python SDK: takes lines of calls, tells of each line when it is settled.

`python python_client.py FOLDER MODULE HOST WRITE_KEY OPTIONS`: the SDK's module, the folder it is
in, and arguments of its client as a JSON object. A line is a JSON list of calls. What it tells, a
line of JSON each: `{"failures": n}` when the host was not reached for the n-th time, and
`{"settled": [errors]}`. It ends where its input ends.
"""

from __future__ import annotations

import json
import socket
import sys
from importlib import import_module
from threading import Lock
from typing import Any

ARGUMENTS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "groupId": "group_id",
    "previousId": "previous_id",
}


_TELLING = Lock()


def tell(**what: object) -> None:
    """Write one line, from any thread."""
    with _TELLING:
        print(json.dumps(what), flush=True)  # noqa: T201 - how it tells


class Socket(socket.socket):
    """A socket that tells of connections that fail."""

    failures = 0

    def connect(self, address: Any) -> None:
        """Connect, as every socket does."""
        try:
            super().connect(address)
        except OSError:
            Socket.failures += 1
            tell(failures=Socket.failures)
            raise


def main(folder: str, module: str, host: str, write_key: str, options: str) -> None:
    """Make the calls of every line."""
    sys.path.insert(0, folder)
    socket.socket = Socket  # type: ignore[misc]
    errors: list[str] = []
    client = import_module(module).Client(
        write_key,
        host=host,
        upload_interval=0.1,
        on_error=lambda error, _batch: errors.append(str(error)),
        **json.loads(options),
    )
    for line in sys.stdin:
        for call in json.loads(line):
            method = getattr(client, call.pop("type"))
            method(**{ARGUMENTS.get(name, name): value for name, value in call.items()})
        client.flush()
        tell(settled=errors)
        errors.clear()
    client.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
