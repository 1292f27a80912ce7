"""What is known of the destination without settings: it does no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from sendoff.destination import Action, Batching, Connection, Destination, Sandbox
from sendoff_webhook import settings as route_settings
from sendoff_webhook.connection import WebhookConnection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.http import Http

_SEND: Final = Action(
    name="send",
    title="Send the object",
    # The receiver's own rules are not known here: a blueprint may write whatever it asks for.
    schema={"type": "object", "minProperties": 1},
    order_key=("user_id", "anonymous_id"),
)

_BATCHES: Final = Batching(
    max_events=500,
    max_bytes=1_000_000,  # nginx, as it comes, refuses a request of more than 1 MiB with 413
    max_wait=1.0,
)


class Webhook(Destination):
    """Any receiver of JSON over HTTP."""

    name: ClassVar[str] = "webhook"
    title: ClassVar[str] = "Webhook"
    settings: ClassVar[Mapping[str, Any]] = route_settings.SETTINGS
    actions: ClassVar[Mapping[str, Action]] = {_SEND.name: _SEND}

    def check(self, settings: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """What is wrong with addresses, headers and authentication."""
        return list(route_settings.problems(settings))

    def account(self, settings: Mapping[str, Any]) -> str:
        """Host and port: routes to one receiver share its pace, whatever the path."""
        return route_settings.host(settings)

    def batching_for(self, settings: Mapping[str, Any]) -> Batching:
        """Batches where the format has room for more than one event."""
        return _BATCHES if settings.get("format") == "ndjson" else Batching()

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        """A connection for one route; UsageError for an address that `check` refuses."""
        return WebhookConnection(settings, http)

    def sandbox(self) -> Sandbox:
        """A local receiver that keeps what it gets."""
        # Imported here: nobody who only delivers should load it.
        from sendoff_webhook.sandbox import SWITCHES, create_sandbox  # noqa: PLC0415

        asked = {switch.name: switch.default for switch in SWITCHES}
        return Sandbox(
            app=create_sandbox, settings={"auth": asked["auth"]}, switches=tuple(SWITCHES)
        )
