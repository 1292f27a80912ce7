"""What a path asks for. Any prefix may stand before it, and slashes at its end mean nothing.

Nothing is ever redirected: SDKs follow with a GET, and what they had to say is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "single", "batch", "signed", "pixel", "ignored", "settings", "source_config",
    "health", "ready", "metrics", "openapi",
]  # fmt: skip

CALLS: Final = {
    "track": "track", "t": "track",
    "identify": "identify", "i": "identify",
    "page": "page", "p": "page",
    "screen": "screen", "s": "screen",
    "group": "group", "g": "group",
    "alias": "alias", "a": "alias",
}  # fmt: skip
"""The last part of a path, and the type of event it stands for; browsers use the short ones."""

BATCHES: Final = ("batch", "b", "import")

_OPERATIONS: Final[dict[str, Kind]] = {
    "health": "health", "ready": "ready", "metrics": "metrics", "openapi.json": "openapi",
}  # fmt: skip
_READ: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for; `name` labels it in metrics, and is ours, never the client's.

    `call` is the type of event that the path says, `key` a write key in it, `base` what stands
    before the known part, without a slash at its end.
    """

    kind: Kind
    name: str
    methods: frozenset[str]
    call: str = ""
    key: str = ""
    base: str = ""

    @property
    def is_tracking(self) -> bool:
        """Whether clients on other people's pages ask for it."""
        return self.kind not in _OPERATIONS.values()


def wanted(method: str, path: str) -> Wanted | None:
    """What is asked for, None where nothing of ours has that path."""
    parts = [part for part in path.split("/") if part]
    if len(parts) == 1 and parts[0] in _OPERATIONS:
        kind = _OPERATIONS[parts[0]]
        return Wanted(kind, kind, _READ)
    return _pixel(method, parts) or _posted(parts) or _configuration(parts)


def _posted(parts: list[str]) -> Wanted | None:
    """What events are posted to: `/v1/track`, `/v1/b`."""
    if parts[-2:-1] != ["v1"]:
        return None
    last, post = parts[-1], frozenset({"POST"})
    if last in CALLS:
        return Wanted("single", CALLS[last], post, call=CALLS[last])
    if last in BATCHES:
        return Wanted("batch", "batch", post)
    if last == "events":
        return Wanted("signed", "events", post)
    return Wanted("ignored", "m", post) if last == "m" else None


def _pixel(method: str, parts: list[str]) -> Wanted | None:
    """`/pixel/v1/track` of RudderStack, `/v1/pixel/track` of Segment; to be asked for by GET."""
    if method not in _READ or parts[-3:-1] not in (["pixel", "v1"], ["v1", "pixel"]):
        return None
    call = CALLS.get(parts[-1])
    return Wanted("pixel", "pixel", _READ, call=call) if call else None


def _configuration(parts: list[str]) -> Wanted | None:
    """What browser SDKs ask for before they send anything."""
    if parts[-1:] == ["sourceConfig"]:
        return Wanted("source_config", "sourceConfig", _READ)
    if parts[-4:-2] == ["v1", "projects"] and parts[-1] == "settings":
        base = "".join(f"/{part}" for part in parts[:-4])
        return Wanted("settings", "settings", _READ, key=parts[-2], base=base)
    return None
