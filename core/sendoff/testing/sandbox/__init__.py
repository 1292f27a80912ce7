"""What every sandbox needs: derive from `StandIn`, say how requests are answered, and be done.

A sandbox is a stand-in of a destination's real service that runs on the user's machine. It ships
with the plugin, and `Destination.sandbox()` names it. This is a whole one:

    import asyncio
    import time

    from sendoff.destination import Switch
    from sendoff.testing import sandbox

    SWITCHES = (
        Switch("token", "The token it knows.", {"type": "string"}, "sandbox-token"),
        sandbox.fail_switch(),
    )

    class Notes(sandbox.StandIn):
        name = "notes"

        def __init__(self, switches, clock, sleep):
            super().__init__(clock, sleep, fail=switches["fail"])
            self._token = switches["token"]
            self.clear()

        def clear(self):
            self.notes = []

        def answer(self, request):
            if request.headers.get("authorization") != f"Bearer {self._token}":
                raise sandbox.Refused(sandbox.Answer(401, reason="wrong token"))
            self.notes.append(request.json())
            return sandbox.Answer(201, {"id": len(self.notes)})

        def counts(self):
            return {"notes": len(self.notes)}

        def contents(self):
            return {"notes": self.notes}

    def create_sandbox(*, clock=time.time, sleep=asyncio.sleep, **switches):
        return Notes(sandbox.settle("Notes", SWITCHES, switches), clock, sleep)

It comes with a page `/_sandbox` (`GET`: what it holds, `DELETE`: forget it), a script of faults
(`POST /_sandbox/fail`, or the switch `fail`), a log of the last requests with the reason of every
refusal, and a limit to all it keeps. Any ASGI server serves it; it needs none to be tested.

The parts serve alone too: `Script` reads and hands out scripted faults, `Log` and `Recent` keep the
last of something, `decompressed` opens gzip and deflate up to a limit, `settle` judges switches,
`read_body` reads the body of a request where an application is written out.
"""

from __future__ import annotations

from sendoff.testing.sandbox.answer import HTML_TYPE, JSON_TYPE, Answer, Refused, html
from sendoff.testing.sandbox.asgi import read_body
from sendoff.testing.sandbox.compression import Inflated, NotCompressed, decompressed
from sendoff.testing.sandbox.log import Exchange, Log, timestamp
from sendoff.testing.sandbox.recent import Recent
from sendoff.testing.sandbox.request import Request
from sendoff.testing.sandbox.script import Script, Spec, Step
from sendoff.testing.sandbox.stand_in import StandIn
from sendoff.testing.sandbox.switches import DELAY, fail_switch, settle

__all__ = [
    "DELAY",
    "HTML_TYPE",
    "JSON_TYPE",
    "Answer",
    "Exchange",
    "Inflated",
    "Log",
    "NotCompressed",
    "Recent",
    "Refused",
    "Request",
    "Script",
    "Spec",
    "StandIn",
    "Step",
    "decompressed",
    "fail_switch",
    "html",
    "read_body",
    "settle",
    "timestamp",
]
