"""Ten thousand usage events in batches: what leaves is right to the letter, once, and in order."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sendoff import Sendoff
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.serving import serve
from sendoff.testing.sandbox import read_body
from sendoff_freshsuccess.sandbox import FreshsuccessSandbox, create_sandbox

BEGIN = datetime(2026, 1, 2, 14, 0, tzinfo=UTC)
ACCOUNTS, PEOPLE = 300, 700

Object = dict[str, Any]

ROUTE = """\
  {name}:
    destination: freshsuccess
    blueprint: freshsuccess/default
    with: {{duration_unit: ms, pages: true, pseudo_user: system-}}
    settings:
      base_url: "{url}"
      auth_key: sandbox-auth-key
      api_key: sandbox-api-key
      compression: {compression}
    limits: {{concurrency: 2}}
"""
PIPELINE = "apiVersion: sendoff/v1\nkind: Pipeline\nname: acme\nstore: memory\nroutes:\n"


# What is sent, and what has to come of it: written down side by side, with no help from sendoff.


@dataclass(frozen=True)
class Usage:
    """A call of an SDK, and the line it has to become; none for one that must not leave."""

    event: Object
    line: Object | None
    verdict: str = "send"


class Traffic:
    """Calls of a day in random order, always the same; the session's id tells which call it is."""

    def __init__(self, count: int, seed: int = 5) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self.calls = [self._call(number) for number in range(count)]

    @property
    def lines(self) -> dict[str, Object]:
        """The lines that have to arrive, by session."""
        lines = [call.line for call in self.calls if call.line is not None]
        return {line["sessionId"]: line for line in lines}

    def verdicts(self) -> Counter[str]:
        return Counter(call.verdict for call in self.calls)

    def _call(self, number: int) -> Usage:
        chance = self._chance
        person = chance.randrange(PEOPLE)
        account, user = person * 7 % ACCOUNTS, f"u-{person}"
        at = BEGIN + timedelta(milliseconds=number * 137)
        event: Object = {
            "messageId": f"m{number}",
            "userId": user,
            "timestamp": at.isoformat(timespec="milliseconds"),
            "context": {"groupId": account, "sessionId": f"s-{number}"},
        }
        line: Object = {
            "accountId": str(account),
            "userId": user,
            "createdAt": 1767362400000 + number * 137,
            "sessionId": f"s-{number}",
        }
        refusal = chance.random()
        if refusal < 0.1:
            return Usage(spoiled(chance, event), None, "dead")
        if refusal < 0.13:
            return Usage(event | chance.choice(LEFT_OUT), None, "drop")
        more, wire = chance.choice(KINDS)(chance)
        event |= more
        if event["type"] == "group":
            event["groupId"] = account
        if event["userId"] is None:
            line["userId"] = f"system-{account}"
        return Usage(event, line | wire)


def feature(chance: random.Random) -> tuple[Object, Object]:
    name = chance.choice(["Report Exported", "Note\nsaved ✓", 'Say "hi", \\ bye', "Søk", "Tab\t"])
    properties: Object = {"module": chance.choice(["Reports", "Übersicht\r\n", " Notes "])}
    details = {"format": "pdf", "pages": chance.randrange(99), "shared": chance.random() < 0.5,
               "note": "l\u2028ine\n" * chance.randrange(1, 30)}  # fmt: skip
    total: Object = chance.choice([{}, {"total": 3}, {"total": "12.75"}, {"total": 1e-3}])
    line = {"action": "feature", "feature": name.strip(), "module": properties["module"].strip(),
            "total": float(total.get("total", 1)), "details": details}  # fmt: skip
    hidden = {"rows": [1, 2], "blank": " ", "accountId": "another"}
    return {
        "type": "track",
        "event": name,
        "properties": properties | details | total | hidden,
    }, line


def left(chance: random.Random) -> tuple[Object, Object]:
    spent = chance.choice([0, 60500, 24000, 86_400_000])
    properties = {"module": "Reports", "product": "CI", "time_spent": spent, "duration": 7}
    line = {"action": "moduleEnd", "module": "Reports", "product": "CI", "timeSpent": spent}
    return {"type": "track", "event": "module_left", "properties": properties}, line


def over(chance: random.Random) -> tuple[Object, Object]:
    active = chance.randrange(86_400_000)
    event = {"type": "track", "event": "Session Ended", "properties": {"activeDuration": active}}
    return event, {"action": "sessionSync", "activeDuration": active}


def page(chance: random.Random) -> tuple[Object, Object]:
    kind = chance.choice(["page", "screen"])
    line = {"action": "feature", "feature": "Pricing", "module": "Shop", "total": 1}
    return {"type": kind, "name": "Pricing", "properties": {"category": "Shop"}}, line


def identify(chance: random.Random) -> tuple[Object, Object]:
    number = chance.randrange(99)
    traits = {"firstName": "John", "email": f" John.{number}@Example.COM ", "role": "admin"}
    details = {"first_name": "John", "email": f"john.{number}@example.com", "role": "admin"}
    return {"type": "identify", "traits": traits}, {"action": "identifyUser", "details": details}


def group(chance: random.Random) -> tuple[Object, Object]:
    traits = {"name": 'Doe & Søn "Nord"', "createdAt": "2025-06-01", "employees": "12"}
    details = {"name": 'Doe & Søn "Nord"', "join_date": 1748736000000, "employees": 12}
    alone = chance.choice([{}, {"userId": None}])
    line = {"action": "identifyAccount", "details": details}
    return {"type": "group", "traits": traits, **alone}, line


KINDS = [feature] * 6 + [left, over, page, identify, group]


def spoiled(chance: random.Random, event: Object) -> Object:
    """The call with something that Freshsuccess would drop, or count wrongly, without a word."""
    soon = datetime.now(UTC) + timedelta(minutes=10)
    used: Object = {"type": "track", "event": "Search", "properties": {}}
    context = event["context"]
    spoils: list[Object] = [
        used | {"event": "x" * 257},
        used | {"properties": {"module": "m" * 257}},
        used | {"properties": {"total": chance.choice([0, -1, "many", True, 10**400])}},
        used | {"properties": {str(n): n for n in range(51)}},
        used | {"properties": {"k" * 101: 1}},
        used | {"properties": {"note": "n" * 1001}},
        used | {"properties": {str(n): "n" * 1000 for n in range(40)}},
        used | {"timestamp": chance.choice(["2999-01-01T00:00:00Z", soon.isoformat()])},
        used | {"timestamp": "1999-12-31T23:59:59.999Z"},
        used | {"event": "Module Left", "properties": {"module": "m", "time_spent": -5}},
        used | {"event": "Module Left", "properties": {"module": "m", "time_spent": 86_400_001}},
        used | {"event": "Module Left", "properties": {"time_spent": 5}},
        used | {"event": "Session Ended", "properties": {"duration": chance.choice([-1, "x"])}},
        used | {"userId": chance.choice(["u\n1", "u\x001", "u\x85", "u" * 257])},
        used | {"context": context | {"groupId": chance.choice(["a\tb", "a\x7f", "a" * 257])}},
        used | {"context": context | {"sessionId": chance.choice(["s\r", "s" * 257])}},
    ]
    return event | chance.choice(spoils)


LEFT_OUT: Sequence[Object] = [
    {"type": "track", "event": "Search", "context": {}},
    {"type": "identify", "traits": {}},
    {"type": "alias", "previousId": "u-2"},
]


# What arrives.


@dataclass
class Arrived:
    """A request as it came over the socket, and the status it got."""

    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    status: int = 0

    @property
    def lines(self) -> list[bytes]:
        content = {
            (): lambda: self.body,
            (b"gzip",): lambda: gzip.decompress(self.body),
            (b"deflate",): lambda: zlib.decompress(self.body),
        }[self.all(b"content-encoding")]()
        return content.split(b"\n")

    def all(self, name: bytes) -> tuple[bytes, ...]:
        return tuple(value for given, value in self.headers if given == name)


@dataclass
class Recording:
    """The sandbox behind something that writes down what comes, and at times answers 503."""

    sandbox: FreshsuccessSandbox
    unavailable: Callable[[int], bool] = lambda _number: False
    requests: list[Arrived] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def accepted(self) -> list[Arrived]:
        return [each for each in self.requests if each.status == 200]

    @property
    def lines(self) -> Counter[bytes]:
        return Counter(line for request in self.accepted for line in request.lines)

    @property
    def bytes(self) -> int:
        return sum(len(request.body) for request in self.accepted)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.sandbox(scope, receive, send)
            return
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        arrived = Arrived(scope["method"], scope["path"], scope["query_string"],
                          list(scope["headers"]), await read_body(receive) or b"")  # fmt: skip
        self.requests.append(arrived)

        async def sending(message: Any) -> None:
            arrived.status = message.get("status", arrived.status)
            await send(message)

        async def receiving() -> Any:
            return {"type": "http.request", "body": arrived.body}

        if self.unavailable(len(self.requests)):
            await sending({"type": "http.response.start", "status": 503, "headers": []})
            await sending({"type": "http.response.body", "body": b""})
        else:
            await self.sandbox(scope, receiving, sending)
        self.at_once -= 1


# The strict reading of a line: the documents of Freshsuccess, by a reader of our own.

TEXT, NUMBER, OBJECT = (str,), (int, float), (dict,)
BASE = {"accountId": TEXT, "userId": TEXT, "createdAt": (int,), "action": TEXT, "sessionId": TEXT}
OF_ACTION: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "feature": {"feature": TEXT},
    "moduleEnd": {"module": TEXT, "timeSpent": NUMBER},
    "sessionSync": {"activeDuration": NUMBER},
    "identifyUser": {"details": OBJECT},
    "identifyAccount": {"details": OBJECT},
}
OPTIONAL: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "feature": {"module": TEXT, "product": TEXT, "total": NUMBER, "details": OBJECT},
    "moduleEnd": {"product": TEXT},
}


def breach(line: bytes) -> str:
    """The first of the rules R1 to R11 that a line breaks, empty for none."""
    try:
        event = json.loads(line.decode(), parse_constant=refused, object_pairs_hook=pairs)
    except ValueError:
        return "R1"
    if not isinstance(event, dict):
        return "R2"
    if any(event.get(name) is None for name in BASE):
        return "R3"
    if any(not fits(event[name], of) for name, of in BASE.items()):
        return "R4"
    if any(not event[name].strip() for name in BASE if name != "createdAt"):
        return "R5"
    return breach_of_action(event)


def breach_of_action(event: Object) -> str:
    action = event["action"]
    if action not in OF_ACTION:
        return "R6"
    types = {**OF_ACTION[action], **OPTIONAL.get(action, {})}
    given = {name: value for name, value in event.items() if name not in BASE}
    wrong = {name for name, of in types.items() if name in given and not fits(given[name], of)}
    blank = {name for name, value in given.items() if isinstance(value, str) and not value.strip()}
    latest = datetime.now(UTC).timestamp() * 1000 + 300_000
    numbers = [given[name] for name, of in types.items() if of == NUMBER and name in given]
    broken = {
        "R7": any(given.get(name) is None for name in OF_ACTION[action]),
        "R8": wrong or blank,
        "R9": given.keys() - types.keys(),
        "R10": not 946_684_800_000 <= event["createdAt"] <= latest,
        "R11": not wrong and not all(0 <= number < float("inf") for number in numbers),
    }
    return next((rule for rule, found in broken.items() if found), "")


def fits(value: object, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def refused(word: str) -> Any:
    raise ValueError(f"{word} is Python's, not JSON's")


def pairs(found: list[tuple[str, Any]]) -> Object:
    if len(dict(found)) != len(found):
        raise ValueError("a name stands there twice")
    return dict(found)


GOOD: Object = {"accountId": "a", "userId": "u", "createdAt": 1767362400000, "action": "feature",
                "sessionId": "s", "feature": "Search", "module": "m", "total": 1}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("", json.dumps(GOOD)),
        ("", json.dumps(GOOD | {"total": 12.75, "details": {"a": True}})),
        ("R1", json.dumps(GOOD) + ","),
        ("R1", "{"),
        ("R1", ""),
        ("R1", json.dumps(GOOD | {"total": float("nan")})),
        ("R1", '{"accountId":"a",' + json.dumps(GOOD)[1:]),
        ("R2", json.dumps([GOOD])),
        ("R2", "null"),
        ("R3", json.dumps({name: GOOD[name] for name in GOOD if name != "sessionId"})),
        ("R3", json.dumps(GOOD | {"userId": None})),
        ("R4", json.dumps(GOOD | {"accountId": 4410})),
        ("R4", json.dumps(GOOD | {"createdAt": "2026-01-02T14:00:00Z"})),
        ("R4", json.dumps(GOOD | {"createdAt": 1767362400000.5})),
        ("R5", json.dumps(GOOD | {"accountId": ""})),
        ("R6", json.dumps(GOOD | {"action": "track"})),
        ("R6", json.dumps(GOOD | {"action": "moduleend"})),
        ("R7", json.dumps(GOOD | {"action": "moduleEnd"})),
        ("R8", json.dumps(GOOD | {"total": "1"})),
        ("R8", json.dumps(GOOD | {"total": True})),
        ("R8", json.dumps(GOOD | {"details": "admin"})),
        ("R9", json.dumps(GOOD | {"account_id": "a"})),
        ("R10", json.dumps(GOOD | {"createdAt": 1767362400})),
        ("R10", json.dumps(GOOD | {"createdAt": 32472144000000})),
        ("R11", json.dumps(GOOD | {"total": -1})),
    ],
)
def test_the_reader_of_lines_knows_a_bad_one(rule: str, line: str) -> None:
    assert breach(line.encode()) == rule


# The journeys.


@dataclass
class Sent:
    """What the pipeline decided: the verdict on each message, and the lines to be sent."""

    verdicts: dict[str | None, str] = field(default_factory=dict)
    lines: dict[str, Counter[bytes]] = field(default_factory=lambda: defaultdict(Counter))

    def decided(self, events: Sequence[Any]) -> None:
        for event in events:
            for decision in event.decisions:
                self.verdicts.setdefault(event.message_id, decision.verdict)
                if decision.verdict == "send":
                    self.lines[decision.route][decision.body] += 1

    def attempted(self, attempts: Sequence[Any]) -> None:
        """Not noted."""

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Not noted."""


async def deliver(folder: Path, text: str, events: Sequence[Object]) -> tuple[Sent, Any]:
    """What was decided, and the counts when all is settled."""
    path = folder / "sendoff.yaml"
    path.write_text(PIPELINE + text)
    sent, around = Sent(), Surroundings(environ={})
    # Without chance, nothing waits before it is tried again.
    setting = Setting(random=lambda: 0.0)
    async with Sendoff.open(
        path, work=True, around=around, setting=setting, watchers=[sent]
    ) as sendoff:
        for start in range(0, len(events), 1000):
            await sendoff.send_many(events[start : start + 1000])
            await asyncio.sleep(0)  # the lanes begin while events still come
        return sent, await sendoff.drain(timeout=30)


def check_the_wire(recording: Recording, traffic: Traffic, compression: str) -> None:
    """Whatever settings it has, this holds for what a route has sent."""
    for request in recording.requests:
        assert (request.method, request.path) == ("POST", "/v1/sandbox-auth-key/sandbox-api-key")
        assert request.query == b""
        assert request.all(b"content-length") == (str(len(request.body)).encode(),)
        assert request.all(b"content-type") == (b"application/json",)
        coding = () if compression == "none" else (compression.encode(),)
        assert request.all(b"content-encoding") == coding
        assert request.all(b"transfer-encoding") == request.all(b"authorization") == ()
    expected = traffic.lines
    seen = [line for request in recording.accepted for line in request.lines]
    assert {breach(line) for line in seen} == {""}
    events = [json.loads(line) for line in seen]
    assert len(events) == len(expected)
    assert [event for event in events if expected[event["sessionId"]] != event] == []
    assert {event["sessionId"] for event in events} == set(expected)
    orders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in events:
        orders[event["accountId"], event["userId"]].append(int(event["sessionId"][2:]))
    assert len(orders) > 100
    assert all(order == sorted(order) for order in orders.values())
    # As the vendor would have it: all of it kept, nothing to doubt, nothing dropped in silence.
    counts = recording.sandbox.viewer.counts()
    assert (counts["events"], counts["dropped"], counts["doubtful"]) == (len(expected), 0, 0)


def check_the_decisions(sent: Sent, counts: Any, traffic: Traffic) -> None:
    assert sent.verdicts == {call.event["messageId"]: call.verdict for call in traffic.calls}
    verdicts = traffic.verdicts()
    for route in counts["routes"].values():
        assert route["delivered"] == verdicts["send"]
        assert route["dead"] == verdicts["dead"]
        assert sum(route["dropped"].values()) == verdicts["drop"]
        assert (route["waiting"], route["held"]) == (0, None)


async def test_ten_thousand_calls_arrive_once_right_and_in_order(tmp_path: Path) -> None:
    traffic = Traffic(10_000)
    assert traffic.verdicts()["dead"] > 900
    sandbox = create_sandbox(strict=True, delay=0.03)
    recording = Recording(sandbox, lambda number: number % 5 == 3)
    # Some come again, and are the same all the same.
    events = [call.event for call in traffic.calls]
    async with serve(recording) as server:
        route = ROUTE.format(name="success", url=server.url, compression="gzip")
        sent, counts = await deliver(tmp_path, route, [*events, *events[:500]])
    assert counts["duplicates"] == 500
    check_the_decisions(sent, counts, traffic)
    check_the_wire(recording, traffic, "gzip")
    assert recording.lines == sent.lines["success"]
    assert recording.most_at_once == 2
    assert len(recording.requests) > len(recording.accepted) + 3
    assert len(recording.accepted) < 50
    for request in recording.requests:
        assert len(request.lines) <= 500
        assert len(b"\n".join(request.lines)) <= 500_000


async def test_compressed_or_not_the_same_lines_arrive(tmp_path: Path) -> None:
    traffic = Traffic(1000, seed=8)
    names = ("gzip", "deflate", "none")
    recordings = {name: Recording(create_sandbox(strict=True)) for name in names}
    async with AsyncExitStack() as servers:
        text = ""
        for name, recording in recordings.items():
            server = await servers.enter_async_context(serve(recording))
            text += ROUTE.format(name=f"as-{name}", url=server.url, compression=name)
        sent, counts = await deliver(tmp_path, text, [call.event for call in traffic.calls])
    check_the_decisions(sent, counts, traffic)
    for name, recording in recordings.items():
        check_the_wire(recording, traffic, name)
        assert recording.lines == recordings["none"].lines
    small, also_small, large = (recordings[name].bytes for name in names)
    assert max(small, also_small) < large / 3


@pytest.mark.parametrize(
    ("batch", "most", "size"),
    [
        ("{max_events: 7, max_bytes: 3KB, max_wait: 10ms}", 7, 3000),
        ("{max_events: 7}", 7, 500_000),
        ("{max_bytes: 700B}", 500, 700),
    ],
)
async def test_small_batches_stay_within_what_the_route_says(
    tmp_path: Path, batch: str, most: int, size: int
) -> None:
    traffic = Traffic(700, seed=most)
    recording = Recording(create_sandbox(strict=True), lambda number: number % 9 == 4)
    async with serve(recording) as server:
        route = ROUTE.format(name="success", url=server.url, compression="gzip")
        sent, counts = await deliver(
            tmp_path, f"{route}    batch: {batch}\n", [call.event for call in traffic.calls]
        )
    check_the_decisions(sent, counts, traffic)
    check_the_wire(recording, traffic, "gzip")
    assert recording.lines == sent.lines["success"]
    fullest, largest = 0, 0
    for request in recording.requests:
        length = len(b"\n".join(request.lines))
        assert len(request.lines) <= most
        assert length <= size or len(request.lines) == 1
        fullest, largest = max(fullest, len(request.lines)), max(largest, length)
    # They are not just small, but as full as they may be.
    assert fullest == most or largest > size * 0.9


def test_the_traffic_has_something_of_everything() -> None:
    traffic = Traffic(10_000)
    actions = Counter(line["action"] for line in traffic.lines.values())
    assert set(actions) == set(OF_ACTION)
    people = {(line["accountId"], line["userId"]) for line in traffic.lines.values()}
    assert len(people) > 500
    assert len({account for account, _ in people}) > 200
