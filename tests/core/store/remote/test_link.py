"""The client's end, against an owner that does what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sendoff.store.failures import StoreError, StoreInUse
from sendoff.store.remote import wire
from sendoff.store.remote.link import Link
from sendoff.store.remote.sockets import listen, reach

Owner = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def linked(path: Path, owner: Owner, patience: float = 5.0) -> AsyncIterator[Link]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await owner(reader, writer)
        writer.close()

    server = await asyncio.start_unix_server(answer, sock=listen(path))
    link = Link(reach(path), "sendoff.db", patience)
    try:
        yield link
    finally:
        await link.close()
        server.close()


def ignore(_answer: object) -> None:
    raise AssertionError


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert isinstance(await wire.read(reader), wire.Greeting)
    writer.write(wire.packed(wire.own_greeting()))


async def test_an_owner_that_does_not_greet_is_in_the_way(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with linked(tmp_path / "s", silent, patience=0.02) as link:
        for _ in range(2):
            with pytest.raises(StoreInUse, match=r"^sendoff.db: .* does not answer"):
                await link.call("depth", wire.raw(()), ignore)


async def test_a_refusal_is_told_in_its_words(tmp_path: Path) -> None:
    async def refusing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(wire.packed(wire.Failure(0, "StoreError", "another version")))

    async with linked(tmp_path / "s", refusing) as link:
        with pytest.raises(StoreInUse, match=r"^sendoff\.db: another version$"):
            await link.ready()


async def test_answers_find_their_calls_in_whatever_order_they_come(tmp_path: Path) -> None:
    async def backwards(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        calls = [await wire.read(reader) for _ in range(3)]
        for call in reversed(calls):
            assert isinstance(call, wire.Call)
            writer.write(wire.packed(wire.Answer(call.number, call.arguments)))
        await reader.read()

    async with linked(tmp_path / "s", backwards) as link:
        calls = [link.call("echo", wire.raw(each), ignore) for each in "abc"]
        assert [bytes(each) for each in await asyncio.gather(*calls)] == [
            bytes(wire.raw(each)) for each in "abc"
        ]


async def test_what_comes_for_a_cancelled_call_is_handed_on(tmp_path: Path) -> None:
    asked, taken_back = asyncio.Event(), asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        call = await wire.read(reader)
        assert isinstance(call, wire.Call)
        asked.set()
        back = await wire.read(reader)
        assert back == wire.TakeBack(call.number)
        taken_back.set()
        writer.write(wire.packed(wire.Answer(call.number, wire.raw("leases"))))
        await reader.read()

    handed_on: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    async with linked(tmp_path / "s", late) as link:
        call = asyncio.create_task(
            link.call("lease", wire.raw(()), lambda answer: handed_on.set_result(bytes(answer)))
        )
        await asked.wait()
        call.cancel()
        await asyncio.wait([call])
        await taken_back.wait()
        assert await handed_on == bytes(wire.raw("leases"))


async def test_what_had_come_when_a_call_was_cancelled_is_handed_on(tmp_path: Path) -> None:
    async def prompt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        call = await wire.read(reader)
        assert isinstance(call, wire.Call)
        writer.write(wire.packed(wire.Answer(call.number, wire.raw("leases"))))
        assert await wire.read(reader) is None  # and nothing is taken back

    handed_on: list[bytes] = []
    async with linked(tmp_path / "s", prompt) as link:
        await link.ready()
        task = asyncio.create_task(
            link.call("lease", wire.raw(()), lambda answer: handed_on.append(bytes(answer)))
        )
        await asyncio.sleep(0)

        def cancel_when_answered() -> None:
            # Asks in every turn, so it comes between the answer and the waking of who waits for it.
            if link._waiting:
                asyncio.get_running_loop().call_soon(cancel_when_answered)
            else:
                task.cancel()

        cancel_when_answered()
        await asyncio.wait([task])
        assert task.cancelled()
        assert handed_on == [bytes(wire.raw("leases"))]


@pytest.mark.parametrize("nonsense", [b"\x00\x00\x00\x01x", wire.packed(wire.TakeBack(1))])
async def test_an_owner_that_talks_nonsense_is_hung_up_on(tmp_path: Path, nonsense: bytes) -> None:
    async def mad(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        await wire.read(reader)
        writer.write(nonsense)
        await reader.read()

    async with linked(tmp_path / "s", mad) as link:
        with pytest.raises(StoreError, match="cannot be read"):
            await link.call("depth", wire.raw(()), ignore)


async def test_a_link_never_used_can_be_closed(tmp_path: Path) -> None:
    with listen(tmp_path / "s"):
        await Link(reach(tmp_path / "s"), "sendoff.db").close()
