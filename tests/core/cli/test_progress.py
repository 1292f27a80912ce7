"""How far a run is: one line on a terminal, and nothing anywhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from sendoff.cli.progress import progress_text, shown_progress
from sendoff.decision import Decision
from sendoff.journal import DecidedEvent
from sendoff.tally import Tally


def tally(*decisions: Decision) -> Tally:
    counted = Tally(["support", "other"])
    for number, decision in enumerate(decisions, 1):
        counted.decided([DecidedEvent(number, str(number), None, (decision,))])
    return counted


def test_it_counts_what_was_read_and_what_waits() -> None:
    send = Decision(route="support", verdict="send")
    assert progress_text(tally(send, send)) == "2 read · 0 delivered · 2 waiting"


def test_it_tells_of_the_dead_and_of_routes_that_are_held() -> None:
    counted = tally(
        Decision(route=None, verdict="dead", reason="invalid_event"),
        Decision(route="other", verdict="dead", reason="missing_field"),
    )
    counted.held("support", "credentials_refused", "no such key")
    assert progress_text(counted) == (
        "2 read · 0 delivered · 0 waiting · 2 dead · support held: credentials_refused"
    )


def test_nothing_is_written_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with shown_progress(tally()):
        pass
    assert capfd.readouterr() == ("", "")


def test_on_a_terminal_there_is_a_line_while_the_block_lasts() -> None:
    code = (
        "from sendoff.cli.progress import shown_progress; from sendoff.tally import Tally\n"
        "with shown_progress(Tally(['support'])): pass"
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", code], stderr=theirs)  # noqa: S603
    os.close(theirs)
    with process:
        assert process.wait() == 0
        shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "0 read · 0 delivered" in shown
