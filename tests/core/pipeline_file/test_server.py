"""The `server` of a pipeline file: where it listens, and who may send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sendoff.documents import read_document
from sendoff.errors import ConfigurationError
from sendoff.pipeline_file import Pipeline, Surroundings, load_pipeline
from sendoff.pipeline_file.server import Address, ServerConfig, parse_address

if TYPE_CHECKING:
    from collections.abc import Callable

    Load = Callable[[str], Pipeline]

HEAD = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  one: {destination: desk, blueprint: desk/default, with: {region: GB}, settings: {api_key: "${env:KEY}"}}
"""  # noqa: E501


@pytest.fixture
def load(around: Surroundings) -> Load:
    return lambda text: load_pipeline(read_document(HEAD + text, "sendoff.yaml"), around)


def test_a_server_listens_on_this_machine_and_asks_for_no_key(load: Load) -> None:
    assert load("").server == ServerConfig(Address("127.0.0.1", 8080), (), None)
    assert load("server: {}\n").server == ServerConfig()


def test_keys_and_secret_are_read_and_shown_nowhere(load: Load) -> None:
    pipeline = load(
        'server: {listen: "[::1]:0", write_keys: ["${env:KEY}", a-second-key],'
        ' signing_secret: "${file:/run/secrets/key}"}\n'
    )
    assert pipeline.server.listen == Address("::1", 0)
    assert pipeline.server.write_keys == ("a secret of desk", "a-second-key")
    assert pipeline.server.signing_secret == "a secret in a file"  # noqa: S105 - of this test
    assert {"a-second-key", "a secret in a file"} <= set(pipeline.secrets)
    assert "second" not in repr(pipeline)
    assert "a secret" not in repr(pipeline.server)
    [warning] = pipeline.warnings
    assert "a secret stands in this file" in str(warning)


def test_other_names_and_a_limit_for_each_client_are_read(load: Load) -> None:
    server = load(
        "server: {hosts: [events.example.com, '[2001:db8::1]'], connections_per_address: 9}\n"
    ).server
    assert server.hosts == ("events.example.com", "[2001:db8::1]")
    assert server.connections_per_address == 9


@pytest.mark.parametrize(
    ("text", "problem"),
    [('{listen: "8080"}', "6:10: no address to listen on: write a host and a port"),
     ("{listen: 8080}", "6:10: `listen` must be text, not a number"),
     ('{listen: "localhost:99999"}', "6:10: no address to listen on"),
     ('{write_keys: ["", "${env:KEY}"]}', "6:23: it is blank: everybody could send"),
     ('{signing_secret: " "}', "6:10: it is blank: everybody could send"),
     ('{hosts: ["https://a.example"]}', "6:18: no host name"),
     ('{hosts: ["a.example", "a.example:443"]}', "6:31: no host name"),
     ('{hosts: ["*.example"]}', "6:18: no host name"),
     ("{connections_per_address: 0}", "6:10: `connections_per_address` must be"),
     ("{write_keys: key}", "6:10: `write_keys` must be a list")],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_stands(load: Load, text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as found:
        load(f"server: {text}\n")
    assert str(found.value).startswith(f"sendoff.yaml:{problem}")


@pytest.mark.parametrize(
    "text", ["", ":", "a:", ":80", "a:b", "a b:1", "http://a:1", "::1:80", "a:1/"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a host and a port"):
        parse_address(text)


def test_names_and_numbers_are_addresses() -> None:
    found: list[Any] = [parse_address(each) for each in ("localhost:1", "10.0.0.1:80", "[::]:0")]
    assert found == [Address("localhost", 1), Address("10.0.0.1", 80), Address("::", 0)]
