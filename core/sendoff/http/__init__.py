"""The one way out: every request to a destination passes here, paced, bounded and recorded."""

from __future__ import annotations

from sendoff.answer import Answer, ErrorKind, HttpError
from sendoff.http.client import Http
from sendoff.http.errand import Departures, under
from sendoff.http.exchange import Exchange

__all__ = ["Answer", "Departures", "ErrorKind", "Exchange", "Http", "HttpError", "under"]
