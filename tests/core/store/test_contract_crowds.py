"""What every engine promises when much waits: all of it comes, and nobody waits for a crowd."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

from sendoff.delivery import Delivery
from sendoff.store.promise import Done, Later, Store

Make = Callable[..., Delivery]
Keep = Callable[..., Awaitable[Sequence[int]]]

DELIVERED = Done("delivered")


async def test_ten_thousand_waiting_all_come(store: Store, delivery: Make, keep: Keep) -> None:
    await keep(store, [delivery(str(n), person=str(n % 700)) for n in range(10_000)])
    seen: dict[str, list[int]] = {}
    while leases := await store.lease("support", 500):
        for lease in leases:
            seen.setdefault(lease.delivery.order_key, []).append(int(lease.delivery.id))
        await store.settle([(lease, DELIVERED) for lease in leases])
    assert seen == {str(n): list(range(n, 10_000, 700)) for n in range(700)}
    depth = await store.depth("support")
    assert (depth.waiting, (await store.totals())["support"]) == (0, {"delivered": 10_000})


async def test_one_person_with_thousands_waiting_does_not_slow_the_others(
    store: Store, delivery: Make, keep: Keep
) -> None:
    async def serve(count: int) -> float:
        """Lease and settle so many, one by one; the processor seconds of the quickest fifty."""
        times = []
        for _ in range(count // 50):
            before = time.process_time()
            for _ in range(50):
                [lease] = await store.lease("support", 1)
                assert lease.delivery.order_key == lease.delivery.id
                await store.settle([(lease, DELIVERED)])
            times.append(time.process_time() - before)
        return min(times)  # of the others, something else on this machine may have held up some

    others = [delivery(f"b{n}", person=f"b{n}") for n in range(300)]
    await keep(store, others[:150])
    alone = await serve(150)
    await keep(store, [delivery(f"a{n}", person="a") for n in range(30_000)])
    await keep(store, others[150:])
    [first] = await store.lease("support", 1, lease_for=3600)
    assert first.delivery.id == "a0"
    # Ten times is far from what looking through the crowd for each of them would take.
    assert await serve(150) < 10 * alone + 0.05
    await store.settle([(first, Later(0.0))])
    leases = await store.lease("support", 50)
    assert [lease.delivery.id for lease in leases] == [f"a{n}" for n in range(50)]


async def test_many_that_were_put_off_do_not_keep_others_waiting(
    store: Store, delivery: Make, keep: Keep
) -> None:
    await keep(store, [str(n) for n in range(3_000)])
    while leases := await store.lease("support", 500):
        await store.settle([(lease, Later(3600.0)) for lease in leases])
    assert (await store.depth("support")).delayed == 3_000
    await keep(store, [delivery("last")])
    assert [lease.delivery.id for lease in await store.lease("support", 10)] == ["last"]
