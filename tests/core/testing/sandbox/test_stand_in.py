"""The application every sandbox is: ASGI, its page, its script and its log."""

from __future__ import annotations

import asyncio
import textwrap
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sendoff.errors import UsageError
from sendoff.testing import sandbox
from sendoff.testing.sandbox import Answer, Refused, Request, StandIn

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = 1_767_362_400.0


async def never(seconds: float) -> None:
    raise AssertionError


class Notebook(StandIn):
    """Keeps the bodies of requests; refuses an empty one, and everything in the rain."""

    name = "notebook"
    largest_body = 10
    raining = False

    def __init__(self, **given: Any) -> None:
        super().__init__(lambda: NOW, given.pop("sleep", never), **given)
        self.clear()

    def clear(self) -> None:
        self.notes: list[str] = []

    def front(self, request: Request) -> None:
        super().front(request)
        if self.raining:
            raise Refused(Answer(503, reason="it rains"))

    def people(self, request: Request) -> Iterable[str]:
        return [request.body.decode()]

    def answer(self, request: Request) -> Answer:
        if not request.body:
            raise Refused(Answer(400, {"error": "empty"}, reason="empty"))
        self.notes.append(request.body.decode())
        return Answer(201, {"id": len(self.notes)})

    def headers(self) -> Iterable[tuple[str, str]]:
        return [("X-Notebook", "1")]

    def counts(self) -> dict[str, object]:
        return {"notes": len(self.notes)}

    def contents(self) -> dict[str, object]:
        return {"notes": self.notes}

    def shown(self, path: str) -> str:
        return path.replace("secret", "***")


def client(app: StandIn) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox")


async def test_a_request_is_answered_with_the_headers_of_the_service() -> None:
    async with client(Notebook()) as http:
        answer = await http.post("/", content="a")
    assert (answer.status_code, answer.json()) == (201, {"id": 1})
    assert answer.headers["x-notebook"] == "1"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_an_answer_without_a_type_has_no_content_type() -> None:
    class Silent(Notebook):
        def answer(self, request: Request) -> Answer:
            return Answer(200, content_type="", bare=True)

    async with client(Silent()) as http:
        answer = await http.post("/", content="a")
    assert dict(answer.headers) == {"content-length": "0"}


async def test_the_page_shows_counts_contents_requests_and_script() -> None:
    async with client(Notebook(fail="ok,500*2")) as http:
        for body in ("a", ""):
            await http.post("/secret?q=1", content=body)
        page = (await http.get("/_sandbox")).json()
    assert page == {
        "sandbox": "notebook",
        "counts": {"notes": 1, "requests": 2, "by_status": {"201": 1, "500": 1}},
        "notes": ["a"],
        "fail": {"*": ["500"]},
        "requests": [
            {"at": "2026-01-02T14:00:00Z", "method": "POST", "path": "/***?q=1"}
            | {"status": status, "reason": reason}
            for status, reason in [(201, ""), (500, "scripted")]
        ],
    }


async def test_the_log_has_what_was_really_sent() -> None:
    app = Notebook()
    async with client(app) as http:
        await http.post("/secret", content="a", headers={"X-Kind": "b"})
    (exchange,) = app.requests
    assert (exchange.path, exchange.body, exchange.headers["x-kind"]) == ("/secret", b"a", "b")


async def test_delete_forgets_everything_and_starts_the_script_again() -> None:
    async with client(Notebook(fail="ok,500")) as http:
        await http.post("/", content="a")
        assert (await http.delete("/_sandbox")).status_code == 204
        page = (await http.get("/_sandbox")).json()
    assert (page["notes"], page["counts"]["requests"]) == ([], 0)
    assert page["fail"] == {"*": ["ok", "500"]}


async def test_a_script_can_be_set_while_it_runs_and_what_is_none_is_refused() -> None:
    async with client(Notebook()) as http:
        told = await http.post("/_sandbox/fail", json="502,503:9")
        wrong = await http.post("/_sandbox/fail", json="never")
        statuses = [(await http.post("/", content="a")).status_code for _ in range(3)]
    assert told.json() == {"fail": {"*": ["502", "503:9"]}}
    assert (wrong.status_code, statuses) == (400, [502, 503, 201])


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/_sandbox"), ("GET", "/_sandbox/x"), ("GET", "/_sandbox/fail")]
)
async def test_a_control_that_is_not_there_is_404(method: str, path: str) -> None:
    async with client(Notebook()) as http:
        answer = await http.request(method, path)
    assert (answer.status_code, bool(answer.json()["error"])) == (404, True)


async def test_a_script_for_one_person_leaves_others_alone() -> None:
    async with client(Notebook(fail={"a": 500})) as http:
        statuses = [(await http.post("/", content=body)).status_code for body in "baa"]
    assert statuses == [201, 500, 201]


async def test_a_dropped_request_is_not_done_and_a_lost_one_is() -> None:
    app = Notebook(fail="drop,lost,lost:502,lost")
    async with client(app) as http:
        for body in ("a", "b"):
            with pytest.raises(ConnectionAbortedError):
                await http.post("/", content=body)
        assert (await http.post("/", content="c")).status_code == 502
        with pytest.raises(ConnectionAbortedError):
            await http.post("/", content="")
    assert app.notes == ["b", "c"]
    assert [each.status for each in app.requests] == [0, 0, 502, 0]


async def test_a_scripted_429_always_asks_for_a_wait() -> None:
    async with client(Notebook(fail="429,429:2,500:3,500,html502")) as http:
        answers = [await http.post("/", content="a") for _ in range(5)]
    waits = [answer.headers.get("retry-after") for answer in answers]
    assert waits == ["60", "2", "3", None, None]
    assert answers[4].headers["content-type"].startswith("text/html")


async def test_slow_answers_are_done_first_and_waited_for_with_the_given_sleep() -> None:
    slept: list[tuple[float, int]] = []

    async def sleep(seconds: float) -> None:
        slept.append((seconds, len(app.notes)))

    app = Notebook(fail="slow:5,ok", delay=0.5, sleep=sleep)
    async with client(app) as http:
        for body in ("a", "b"):
            await http.post("/", content=body)
    assert slept == [(5.5, 1), (0.5, 2)]


async def test_what_is_refused_at_the_front_takes_no_step() -> None:
    app = Notebook(fail="500")
    app.raining = True
    async with client(app) as http:
        assert (await http.post("/", content="a")).status_code == 503
        assert (await http.post("/", content="a" * 11)).status_code == 413
    assert app.faults.coming() == {"*": ["500"]}


def test_what_is_no_script_is_said_at_once() -> None:
    with pytest.raises(UsageError, match="is no step"):
        Notebook(fail="x")


async def spoken(app: StandIn, scope: dict[str, Any], *told: dict[str, Any]) -> list[Any]:
    """What the application sends when it is told these messages."""
    messages = iter(told)
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


SCOPE = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_in_parts_is_put_together() -> None:
    app = Notebook()
    await spoken(app, SCOPE, part(b"ab", more=True), part(b"cd", more=False))
    assert app.notes == ["abcd"]


async def test_a_large_body_is_read_no_further_than_it_takes_to_see_that() -> None:
    start, _ = await spoken(
        Notebook(), SCOPE, part(b"123456", more=True), part(b"7" * 5, more=True)
    )
    assert start["status"] == 413


async def test_a_client_that_leaves_before_its_body_is_complete_is_not_served() -> None:
    app = Notebook()
    assert await spoken(app, SCOPE, part(b"a", more=True), {"type": "http.disconnect"}) == []
    assert len(app.requests) == 0


async def test_the_lifespan_protocol_is_answered() -> None:
    told = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = await spoken(Notebook(), {"type": "lifespan"}, *told)
    assert [each["type"] for each in sent] == [f"{each['type']}.complete" for each in told]


def test_the_example_for_authors_is_a_whole_sandbox() -> None:
    doc = str(sandbox.__doc__)
    body = doc[doc.index("    import asyncio") : doc.index("It comes with a page")]
    made: dict[str, Any] = {}
    exec(textwrap.dedent(body), made)  # noqa: S102 - our own docstring

    async def asked() -> list[int]:
        async with client(made["create_sandbox"](fail="ok,503")) as http:
            http.headers["Authorization"] = "Bearer sandbox-token"
            statuses = [(await http.post("/", json=n)).status_code for n in range(3)]
            assert (await http.get("/_sandbox")).json()["notes"] == [0, 2]
            http.headers["Authorization"] = "Bearer other"
            return [*statuses, (await http.post("/", json=4)).status_code]

    assert asyncio.run(asked()) == [201, 503, 201, 401]
    with pytest.raises(UsageError, match=r"the Notes sandbox has no switch tokn \(did you mean"):
        made["create_sandbox"](tokn="x")
