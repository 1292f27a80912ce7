"""What the HTTP libraries log, without secrets: at their most talkative, an answer's headers."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.redact import Redactor

LOGGERS: Final = (
    *(f"aiohttp.{part}" for part in ("access", "client", "internal", "server", "web", "websocket")),
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)
"""All that write what they do; a filter takes hold only where a record is made."""


@contextmanager
def covered_logs(redactor: Redactor) -> Iterator[None]:
    """Inside, a secret in what an HTTP library logs, from whatever request, is covered."""

    def cover(record: logging.LogRecord) -> bool:
        said = record.getMessage()
        shown = redactor.text(said)
        if shown != said:
            record.msg, record.args = shown, ()
        return True

    loggers = [logging.getLogger(name) for name in LOGGERS]
    for logger in loggers:
        logger.addFilter(cover)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(cover)
