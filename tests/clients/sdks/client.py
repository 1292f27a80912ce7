"""An SDK in a process of its own, told what to do line by line."""

from __future__ import annotations

import json
import subprocess
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

from sdks.waiting import until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LONGEST = 40  # seconds that calls may take to be settled, with all their retries
Call = dict[str, Any]


class Client:
    """A driver (see `drivers`) for as long as the block lasts; at its end the SDK is closed.

    `failures` counts how often the host was not reached. AssertionError at the end of the block:
    the process did not end well, or its page complained.
    """

    def __init__(self, command: Sequence[str | Path]) -> None:
        self.failures = 0
        self.complaints: list[str] = []
        self._stuck = False
        self._settled: SimpleQueue[list[str] | None] = SimpleQueue()
        self._process = subprocess.Popen(  # noqa: S603 - ours
            command, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._errors: list[str] = []
        self._readers = [Thread(target=read, daemon=True) for read in (self._hear, self._note)]
        for reader in self._readers:
            reader.start()

    def make(self, *calls: Call) -> list[str]:
        """Make calls, and wait until the SDK is done with them; the errors that it told of."""
        self.begin(*calls)
        return self.settled()

    def begin(self, *calls: Call) -> None:
        """Make calls, without waiting."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(calls) + "\n")
        self._process.stdin.flush()

    def settled(self) -> list[str]:
        """Wait until the calls begun first are settled; the errors that the SDK told of."""
        try:
            errors = self._settled.get(timeout=_LONGEST)
        except Empty:
            self._stuck = True
            raise AssertionError(f"its calls were not settled: {self.said}") from None
        assert errors is not None, f"its process ended: {self.said}"
        return errors

    def failed(self, times: int) -> None:
        """Wait until it has failed so often to reach the host."""
        until(lambda: self.failures >= times, told=lambda: f"{self.failures} times: {self.said}")

    @property
    def said(self) -> str:
        """What it wrote to stderr."""
        return "".join(self._errors)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        process, is_given_up = self._process, kind is not None or self._stuck
        if is_given_up:
            process.kill()
        assert process.stdin
        process.stdin.close()
        try:
            code = process.wait(_LONGEST)
        finally:
            process.kill()
            process.wait()
            for reader in self._readers:
                reader.join()
            for pipe in (process.stdout, process.stderr):
                assert pipe
                pipe.close()
        assert is_given_up or code == 0, f"it ended with {code}: {self.said}"
        assert self.complaints == []

    def _hear(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            told = json.loads(line)
            self.failures = told.get("failures", self.failures)
            self.complaints += told.get("complaints", [])
            if "settled" in told:
                self._settled.put(told["settled"])
        self._settled.put(None)

    def _note(self) -> None:
        assert self._process.stderr
        self._errors.extend(self._process.stderr)
