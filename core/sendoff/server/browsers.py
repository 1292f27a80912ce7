"""What browser SDKs ask for at their start: the least that makes them send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sendoff.server.refusal import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

_HOST: Final = re.compile(
    r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?"
)


def segment_settings(request: Request, key: str, base: str) -> dict[str, Any]:
    """For analytics.js: where events go, and the key they bear.

    It sends to `apiHost`, which has no scheme, and bears `apiKey` from then on.
    """
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise Refused(400, "invalid_host", "the Host header names no host")
    # A proxy that ends TLS says so here; it concerns nobody but who asks.
    said = request.headers.get("x-forwarded-proto", request.url.scheme)
    protocol = "https" if said.strip().lower() == "https" else "http"
    return {
        "integrations": {
            "Segment.io": {"apiKey": key, "apiHost": f"{host}{base}/v1", "protocol": protocol}
        }
    }


def rudder_source(key: str) -> dict[str, Any]:
    """For RudderStack's SDK: a source without destinations, that reports nothing about itself."""
    off = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
    return {
        "source": {
            "id": "sendoff", "name": "sendoff", "writeKey": key, "enabled": True,
            "workspaceId": "sendoff", "config": {"statsCollection": off},
            "connections": [], "destinations": [], "dataplanes": {},
        }
    }  # fmt: skip
