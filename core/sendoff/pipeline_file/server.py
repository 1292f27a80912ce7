"""The `server` of a pipeline file: where it listens, and who may send to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.pipeline_file.reading import At, Reading

_ADDRESS: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")
_LAST_PORT: Final = 65_535
_LABEL: Final = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*|\[[0-9A-Fa-f:.]+\]")


@dataclass(frozen=True, slots=True)
class Address:
    """A host, without the brackets of IPv6, and a port; 0 for any that is free."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """What `sendoff serve` needs to know; `signing_secret` is for Datafly's signed requests.

    `hosts` are names beside localhost by which a proxy on this machine may call it, and
    `connections_per_address` is what one client may hold open.
    """

    listen: Address = Address("127.0.0.1", 8080)
    write_keys: tuple[str, ...] = field(default=(), repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    connections_per_address: int = 200


def load_server(raw: Any, reading: Reading) -> ServerConfig:
    """The server a document describes; what is wrong with it is noted."""
    server = raw if isinstance(raw, dict) else {}
    keys = server.get("write_keys")
    keys = keys if isinstance(keys, list) else []
    for index, key in enumerate(keys):
        _secret(key, ("server", "write_keys", index), reading)
    secret = server.get("signing_secret")
    _secret(secret, ("server", "signing_secret"), reading)
    listen = load_address(server.get("listen"), ("server", "listen"), reading)
    usual = ServerConfig()
    most = server.get("connections_per_address")
    return ServerConfig(
        listen or usual.listen,
        tuple(key for key in keys if isinstance(key, str)),
        secret if isinstance(secret, str) else None,
        tuple(_hosts(server.get("hosts"), reading)),
        most if isinstance(most, int) else usual.connections_per_address,
    )


def load_address(raw: Any, at: At, reading: Reading) -> Address | None:
    """The address at a place, None where there is none; what is wrong with it is noted."""
    if not isinstance(raw, str) or reading.unknown(at):
        return None
    try:
        return parse_address(raw)
    except ValueError as error:
        reading.problem(at, str(error))
        return None


def parse_address(text: str) -> Address:
    """A host and a port, such as 127.0.0.1:8080 or [::1]:8080; ValueError for anything else."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"]) > _LAST_PORT:
        raise ValueError("no address to listen on: write a host and a port, as in 127.0.0.1:8080")
    return Address(match["host"].strip("[]"), int(match["port"]))


def _hosts(raw: Any, reading: Reading) -> Iterator[str]:
    for index, name in enumerate(raw if isinstance(raw, list) else []):
        at = ("server", "hosts", index)
        if not isinstance(name, str) or reading.unknown(at):
            continue
        if _NAME.fullmatch(name.strip()):
            yield name.strip()
        else:
            reading.problem(
                at, "no host name", "write the name alone, without a port, as in events.example.com"
            )


def _secret(value: Any, at: At, reading: Reading) -> None:
    if not isinstance(value, str):
        return
    reading.secret(at, value)
    if not value.strip() and not reading.unknown(at):
        reading.problem(at, "it is blank: everybody could send", "fill it in, or leave it out")
