"""The counts of a run, which add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sendoff.decision import Decision
from sendoff.delivery import Delivered, Delivery
from sendoff.journal import Attempted, DecidedEvent
from sendoff.store.promise import Dead, Done, Later, Settlement
from sendoff.tally import Tally

DONE = Done("delivered")
SEND = Decision(route="support", verdict="send")
DROP = Decision(route="support", verdict="drop", reason="no_consent")
DEAD = Decision(route="support", verdict="dead", reason="missing_field")
INVALID = Decision(route=None, verdict="dead", reason="invalid_event")
DUPLICATE = Decision(route=None, verdict="duplicate")


def decide(tally: Tally, *decisions: Decision) -> None:
    for number, decision in enumerate(decisions):
        tally.decided([DecidedEvent(number, str(number), None, (decision,))])


def end(tally: Tally, *settlements: Settlement) -> None:
    delivery = Delivery(id="a", route="support", action="upsert", body=b"{}", order_key="",
                        event_key="a")  # fmt: skip
    for settlement in settlements:
        tally.attempted([Attempted(delivery, Delivered(), settlement)])


def test_a_run_is_counted_as_it_is_printed() -> None:
    tally = Tally(["support"])
    decide(tally, SEND, SEND, SEND, SEND, SEND, DROP, DEAD, INVALID, DUPLICATE)
    end(tally, DONE, DONE, Done("skipped", "already_exists"), Dead("rejected"), Later(1.0))
    tally.held("support", "unreachable", "nobody listens")
    assert tally.as_json() == {
        "events": 9,
        "invalid": 1,
        "duplicates": 1,
        "routes": {
            "support": {
                "dropped": {"no_consent": 1}, "deliveries": 6, "delivered": 2, "skipped": 1,
                "dead": 2, "waiting": 1, "held": "unreachable",
            },
        },
    }  # fmt: skip
    assert tally.waiting == 1
    assert tally.routes["support"].dead == {"missing_field": 1, "rejected": 1}
    assert tally.routes["support"].held_detail == "nobody listens"


def test_an_event_is_counted_once_and_for_each_route() -> None:
    tally = Tally(["support", "success"])
    tally.decided([DecidedEvent(1, "m1", "m1", (SEND, Decision(route="success", verdict="drop",
                                                              reason="no_rule")))])  # fmt: skip
    assert tally.events == 1
    assert (tally.routes["support"].deliveries, tally.routes["success"].deliveries) == (1, 0)


def test_a_route_that_goes_on_is_held_no_longer() -> None:
    tally = Tally(["support"])
    tally.held("support", "credentials_refused", "copy the key again")
    tally.held("support", None, "")
    assert (tally.routes["support"].held, tally.routes["support"].held_detail) == (None, "")


def test_a_route_of_which_nothing_came_is_there_with_zeros() -> None:
    counts = Tally(["support"]).as_json()["routes"]["support"]
    assert counts == {
        "dropped": {}, "deliveries": 0, "delivered": 0, "skipped": 0, "dead": 0, "waiting": 0,
        "held": None,
    }  # fmt: skip


@given(
    decisions=st.lists(st.sampled_from([SEND, DROP, DEAD, INVALID, DUPLICATE])),
    settlements=st.lists(
        st.sampled_from([DONE, Done("skipped", "there"), Dead("rejected"), Later(1.0)])
    ),
)
def test_the_counts_add_up(decisions: list[Decision], settlements: list[Settlement]) -> None:
    tally = Tally(["support"])
    decide(tally, *decisions)
    sent = decisions.count(SEND)
    final = [each for each in settlements if not isinstance(each, Later)][:sent]
    end(tally, *final, *(each for each in settlements if isinstance(each, Later)))
    counts = tally.as_json()
    route = counts["routes"]["support"]
    decided = counts["events"] - counts["invalid"] - counts["duplicates"]
    assert sum(route["dropped"].values()) + route["deliveries"] == decided
    ended = route["delivered"] + route["skipped"] + route["dead"]
    assert route["deliveries"] == ended + route["waiting"]
    assert route["waiting"] == sent - len(final)


def test_what_waited_already_is_told_apart_and_everything_adds_up() -> None:
    tally = Tally(["support"])
    tally.resumed("support", 3)
    decide(tally, SEND, DROP)
    end(tally, DONE, DONE)
    route = tally.as_json()["routes"]["support"]
    assert route == {
        "dropped": {"no_consent": 1}, "deliveries": 4, "resumed": 3, "delivered": 2,
        "skipped": 0, "dead": 0, "waiting": 2, "held": None,
    }  # fmt: skip


def test_what_another_process_decided_is_counted_when_it_ends_here() -> None:
    tally = Tally(["support"])
    decide(tally, SEND)
    end(tally, DONE, DONE, Later(1.0))
    route = tally.routes["support"]
    assert (route.deliveries, route.resumed, route.delivered, route.waiting) == (2, 1, 2, 0)


def test_a_route_that_is_added_later_is_counted_as_well() -> None:
    tally = Tally([])
    decide(tally, SEND)
    tally.held("other", "unreachable", "")
    assert tally.routes["support"].waiting == 1
    assert tally.routes["other"].held == "unreachable"


def test_what_waits_when_the_store_is_opened_again_is_counted_once() -> None:
    tally = Tally(["support"])
    tally.resumed("support", 3)
    end(tally, DONE)
    tally.resumed("support", 4)
    route = tally.routes["support"]
    assert (route.resumed, route.delivered, route.waiting) == (5, 1, 4)
