from __future__ import annotations

from sendoff_webhook.sandbox.receipts import Receipts


def test_a_key_is_remembered_for_the_next_hundred_thousand() -> None:
    receipts = Receipts()
    taken = [receipts.take([], 0, str(number), 0) for number in range(100_000)]
    assert not any(taken)
    assert receipts.take([], 0, "0", 0)
    assert not receipts.take([], 0, "one more", 0)
    assert not receipts.take([], 0, "0", 0)
    assert receipts.take([], 0, "2", 0)
