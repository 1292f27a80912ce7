from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sendoff.decision import Decision, DeliveryIds

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
PARTS = st.tuples(TEXT, TEXT, st.integers(0, 9))


@given(PARTS, PARTS)
def test_two_deliveries_share_an_id_only_when_all_that_makes_it_is_the_same(
    one: tuple[str, str, int], other: tuple[str, str, int]
) -> None:
    assert (DeliveryIds(one[0]).of(*one[1:]) == DeliveryIds(other[0]).of(*other[1:])) is (
        one == other
    )


def test_the_id_of_a_delivery_never_changes() -> None:
    assert DeliveryIds("support").of("m1") == "8d43cccfef9eb00d5757362048146b52"
    assert DeliveryIds("support").of("m1", 0) == DeliveryIds("support").of("m1")


def test_the_payload_is_decoded_afresh() -> None:
    decision = Decision(route="a", verdict="send", body=b'{"a":[1]}')
    payload = decision.payload
    assert payload == {"a": [1]}
    payload["a"].append(2)
    assert decision.payload == {"a": [1]}
    assert Decision(route="a", verdict="drop").payload is None


def test_decisions_share_no_write_policies() -> None:
    Decision(route="a", verdict="send").write["x"] = "overwrite"
    assert Decision(route="a", verdict="send").write == {}
