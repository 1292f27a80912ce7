"""One client cannot keep out the others by holding connections."""

from __future__ import annotations

import logging

import pytest

from sendoff.server.peers import Peers, network


def test_one_address_holds_so_many_and_no_other_notices() -> None:
    peers = Peers(2)
    assert [peers.enter("10.0.0.1") for _ in range(4)] == [True, True, False, False]
    assert peers.enter("10.0.0.2")


def test_what_leaves_makes_room() -> None:
    peers = Peers(1)
    assert peers.enter("a")
    assert not peers.enter("a")
    peers.leave("a")  # the one that was cut
    assert not peers.enter("a")
    for _ in range(2):
        peers.leave("a")
    assert peers.enter("a")


def test_who_runs_it_is_told_once_and_no_address(caplog: pytest.LogCaptureFixture) -> None:
    peers = Peers(1)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            peers.enter("203.0.113.9")
    [told] = caplog.messages
    assert "server.connections_per_address" in told
    assert "203.0.113.9" not in told


@pytest.mark.parametrize(
    ("host", "same"),
    [("10.0.0.1", "10.0.0.1"), ("::ffff:10.0.0.1", "10.0.0.1"),
     ("2001:db8::1", "2001:db8:0:0:ffff::2"), ("fe80::1%eth0", "fe80::2")],
)  # fmt: skip
def test_a_client_is_an_address_or_a_network_that_one_client_has(host: str, same: str) -> None:
    assert network(host) == network(same)


@pytest.mark.parametrize(
    ("host", "other"), [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8:0:1::1")]
)
def test_neighbours_are_others(host: str, other: str) -> None:
    assert network(host) != network(other)
