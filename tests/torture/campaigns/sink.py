"""Where deliveries go: a real HTTP server on a loopback port, and the client that sends there."""

from __future__ import annotations

import threading
from collections import Counter
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

import msgspec

if TYPE_CHECKING:
    from sendoff.delivery import Delivery


class Arrival(msgspec.Struct, frozen=True):
    """One request. `maybe` is what the store said of an earlier attempt; `status` the answer."""

    name: str
    person: str
    attempt: int
    maybe: bool
    status: int = 0


def answer(name: str, attempt: int) -> int:
    """Of every seven messages it is too busy for one at first, of every eleven it refuses one."""
    number = int(name[1:])
    if number % 11 == 10:
        return 422
    return 500 if number % 7 == 6 and attempt == 1 else 200


class Reply:
    """Answers as a sink does, without one."""

    def send(self, delivery: Delivery) -> int:
        """The status of the answer."""
        return answer(delivery.event_key, delivery.attempt)


class Sink:
    """Takes deliveries for as long as the block lasts, and answers so that all ends occur."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(sink.take(msgspec.json.decode(body, type=Arrival)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def take(self, arrival: Arrival) -> int:
        """Keep it; the status of its answer."""
        status = answer(arrival.name, arrival.attempt)
        self.arrivals.append(msgspec.structs.replace(arrival, status=status))
        return status

    @property
    def times(self) -> Counter[str]:
        """How many times each message was accepted."""
        return Counter(each.name for each in self.arrivals if each.status == 200)

    @property
    def out_of_order(self) -> list[str]:
        """What was accepted for the first time after a later one of the same person."""
        newest: dict[str, int] = {}
        late, seen = [], set()
        for each in self.arrivals:
            number = int(each.name[1:])
            if each.status == 200 and each.name not in seen:
                seen.add(each.name)
                if number < newest.get(each.person, -1):
                    late.append(each.name)
                newest[each.person] = max(number, newest.get(each.person, -1))
        return late

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Client:
    """Sends deliveries to a sink, one after the other, over one connection."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=10)

    def send(self, delivery: Delivery) -> int:
        """The status of the answer."""
        arrival = Arrival(
            delivery.event_key, delivery.person, delivery.attempt, delivery.maybe_delivered
        )
        self._connection.request("POST", "/", msgspec.json.encode(arrival))
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
