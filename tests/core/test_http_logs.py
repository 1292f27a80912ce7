"""What the HTTP libraries log of an answer holds no secret."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import aiohttp
import httpcore
import pytest

from sendoff.http.logs import LOGGERS, covered_logs
from sendoff.redact import Redactor

HIDDEN = "s3cret-key-of-acme"


def test_every_logger_of_the_libraries_is_known() -> None:
    folders = [*aiohttp.__path__, *httpcore.__path__]
    sources = "".join(
        source.read_text() for folder in folders for source in Path(folder).rglob("*.py")
    )
    named = re.findall(r'getLogger\("((?:aiohttp|httpcore)\..+?)"\)', sources)
    assert set(named) == set(LOGGERS)


@pytest.mark.parametrize("name", LOGGERS)
@pytest.mark.parametrize("args", [(), (HIDDEN, 1), ([(b"x-echo", HIDDEN.encode())], 2)])
def test_a_secret_is_covered_wherever_it_stands(
    name: str, args: tuple[object, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, name)
    text = "headers %s of %d" if args else HIDDEN
    with covered_logs(Redactor([HIDDEN])):
        logging.getLogger(name).debug(text, *args)
    logging.getLogger(name).debug(text, *args)
    covered, afterwards = caplog.messages
    assert HIDDEN not in covered
    assert "***" in covered
    assert HIDDEN in afterwards


def test_what_holds_no_secret_is_logged_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "httpcore")
    with covered_logs(Redactor([HIDDEN])):
        logging.getLogger("httpcore.http11").debug("headers %s", "plain")
    [record] = caplog.records
    assert (record.msg, record.args) == ("headers %s", ("plain",))


def test_it_is_covered_for_as_long_as_anybody_wants_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "httpcore")
    with covered_logs(Redactor([HIDDEN])):
        with covered_logs(Redactor(["another-key"])):
            pass
        logging.getLogger("httpcore.http11").debug(HIDDEN)
    assert HIDDEN not in caplog.text
