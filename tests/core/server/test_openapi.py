"""The description of the interface, held against the interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from sendoff.server.limits import Limits
from sendoff.server.openapi import openapi
from sendoff.server.paths import BATCHES, CALLS, wanted

if TYPE_CHECKING:
    from tests.core.server.conftest import Api

DOCUMENT = openapi(Limits())
KEY = "the-write-key"


def test_every_path_of_the_document_is_known_and_takes_its_methods() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for method in methods:
            asked = wanted(method.upper(), path.format(call="track", key="k"))
            assert asked is not None, path
            assert method.upper() in asked.methods, path


def test_every_path_of_events_is_in_the_document() -> None:
    for name in (*CALLS, *BATCHES):
        assert f"/v1/{name}" in DOCUMENT["paths"]


def schema_of(path: str, method: str, status: int) -> dict[str, Any]:
    content = DOCUMENT["paths"][path][method]["responses"][str(status)]["content"]
    return {**content["application/json"]["schema"], "components": DOCUMENT["components"]}


@pytest.mark.parametrize(
    ("method", "path", "extra", "status"),
    [("post", "/v1/batch", {"content": b'{"batch":[{}]}'}, 200),
     ("post", "/v1/batch", {"content": b"?"}, 400),
     ("post", "/v1/batch", {"auth": ("bad", ""), "content": b'{"batch":[]}'}, 401),
     ("post", "/v1/batch", {"content": b" " * 9_000_000}, 413),
     ("post", "/v1/batch", {"headers": {"Content-Encoding": "x"}}, 415),
     ("post", "/v1/batch", {"headers": {"Host": "evil.example"}}, 421),
     ("post", "/v1/track", {"content": b"{}"}, 200), ("post", "/v1/m", {"content": b"{}"}, 200),
     ("get", "/health", {}, 200), ("get", "/ready", {}, 200), ("get", "/sourceConfig/", {}, 200),
     ("get", "/openapi.json", {}, 200)],
)  # fmt: skip
async def test_answers_are_as_the_document_says(
    api: Api, method: str, path: str, extra: dict[str, Any], status: int
) -> None:
    answer = await api.http.request(method.upper(), path, **{"auth": api.auth, **extra})
    assert answer.status_code == status
    jsonschema.validate(answer.json(), schema_of(path, method, status))
