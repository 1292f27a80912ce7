"""The description of the interface, for programs: OpenAPI 3.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.server.paths import BATCHES, CALLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.server.limits import Limits

Json = dict[str, Any]

_EVENT: Final[Json] = {
    "type": "object",
    "properties": {
        "type": {"enum": sorted(set(CALLS.values()))},
        "messageId": {"type": "string"},
        "userId": {"type": ["string", "integer", "null"]},
        "anonymousId": {"type": ["string", "integer", "null"]},
        "groupId": {"type": ["string", "integer", "null"]},
        "previousId": {"type": ["string", "integer", "null"]},
        "event": {"type": "string"},
        "name": {"type": ["string", "null"]},
        "category": {"type": ["string", "null"]},
        "properties": {"type": "object"},
        "traits": {"type": "object"},
        "context": {"type": "object"},
        "integrations": {"type": "object"},
        "timestamp": {"type": ["string", "integer"]},
        "originalTimestamp": {"type": ["string", "integer"]},
        "sentAt": {"type": "string"},
        "writeKey": {"type": "string"},
    },
}
_ACCEPTED: Final[Json] = {
    "type": "object",
    "required": ["success", "accepted"],
    "properties": {"success": {"const": True}, "accepted": {"type": "integer", "minimum": 0}},
}
_ERROR: Final[Json] = {
    "type": "object",
    "required": ["success", "code", "message"],
    "properties": {
        "success": {"const": False},
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
}
_WORDS: Final = {
    400: "It cannot be read.",
    401: "The key or the signature is missing or wrong.",
    404: "There is nothing here.",
    405: "It takes another method.",
    408: "It came too slowly.",
    413: "It is too large.",
    415: "It is compressed in a way that is not known.",
    421: "This server does not go by that name.",
    503: "Nothing was promised: send it again after Retry-After seconds.",
}
_FOR_ALL: Final = (405, 421)
_FOR_EVENTS: Final = (400, 401, 408, 413, 415, 503)


def openapi(limits: Limits) -> Json:
    """The whole document."""
    size = f"At most {limits.body} bytes, also when opened, and {limits.events} events."
    batch = _ref("Batch")
    paths: Json = {f"/v1/{name}": _posted(f"One {call}.", _ref("Event"))
                   for name, call in CALLS.items()}  # fmt: skip
    paths |= {f"/v1/{name}": _posted(f"Several events. {size}", batch) for name in BATCHES}
    paths |= {
        "/beacon/v1/batch": _posted("Several events, from a page that is left.", batch),
        "/v1/events": _posted(
            "Events with Datafly's signature.", batch, [{"signature": [], "signed_at": []}]
        ),
        "/v1/m": _posted("What analytics.js tells about itself; ignored.", {"type": "object"}, []),
        "/v1/pixel/{call}": _pixel(),
        "/pixel/v1/{call}": _pixel(),
        "/v1/projects/{key}/settings": _got("Where analytics.js sends to.", [_in_path("key")], 401),
        "/sourceConfig/": _got("Where RudderStack's SDK sends to.", [_in_query("writeKey")], 401),
        "/health": _got("The process lives."),
        "/ready": _got("Events are taken.", (), 503),
        "/metrics": _got("Counts for Prometheus.", media="text/plain"),
        "/openapi.json": _got("This."),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "sendoff", "version": "1", "description": _INTRODUCTION},
        "paths": paths,
        "components": {"schemas": _SCHEMAS, "securitySchemes": _SECURITY},
    }


_INTRODUCTION: Final = (
    "Takes what SDKs of Segment, RudderStack and Datafly send. 200 means that every event is kept"
    " for good. The body is JSON whatever Content-Type says. Any prefix may stand before a path."
)
_SCHEMAS: Final[Json] = {
    "Event": _EVENT,
    "Batch": {
        "type": "object",
        "required": ["batch"],
        "properties": {
            "batch": {"type": "array", "items": _EVENT},
            "context": {"type": "object"},
            "integrations": {"type": "object"},
            "sentAt": {"type": "string"},
            "writeKey": {"type": "string"},
        },
    },
    "Accepted": _ACCEPTED,
    "Error": _ERROR,
}
_SECURITY: Final[Json] = {
    "basic": {"type": "http", "scheme": "basic", "description": "The write key as the user."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The write key."},
    "query": {"type": "apiKey", "in": "query", "name": "writeKey"},
    "signature": {"type": "apiKey", "in": "header", "name": "X-Signature",
                  "description": "sha256= and HMAC-SHA256 of X-Timestamp, a dot and the body."},
    "signed_at": {"type": "apiKey", "in": "header", "name": "X-Timestamp",
                  "description": "When it was signed: milliseconds since 1970."},
}  # fmt: skip
_BY_KEY: Final[list[Json]] = [{"basic": []}, {"bearer": []}, {"query": []}]


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _posted(summary: str, schema: Json, security: object = _BY_KEY) -> Json:
    content = {"application/json": {"schema": schema}}
    ok = _response("Every event is kept for good.", _ref("Accepted"))
    if schema == {"type": "object"}:
        ok = _response("It was ignored.", {"type": "object"})
    return {
        "post": {
            "summary": summary,
            "security": security,
            "requestBody": {"required": True, "content": content},
            "responses": {"200": ok, **_errors(*_FOR_EVENTS)},
        }
    }


def _got(
    summary: str, parameters: object = (), *errors: int, media: str = "application/json"
) -> Json:
    schema = {"type": "object"} if media == "application/json" else {"type": "string"}
    responses = {"200": _response(summary, schema, media), **_errors(*errors)}
    return {"get": {"summary": summary, "parameters": parameters, "responses": responses}}


def _pixel() -> Json:
    call = {**_in_path("call"), "schema": {"enum": list(CALLS)}}
    picture: Json = {"content": {"image/gif": {}}}
    codes = (200, 400, 401, 421, 503)
    return {
        "get": {
            "summary": "One event in the address of a picture.",
            "security": _BY_KEY,
            "parameters": [call, _in_query("data"), _in_query("writeKey")],
            "responses": {
                str(code): {"description": _WORDS.get(code, "It is kept."), **picture}
                for code in codes
            }
            | {"404": _errors(404)["404"]},
        }
    }


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(name: str) -> Json:
    return {"name": name, "in": "query", "schema": {"type": "string"}}


def _response(description: str, schema: Json, media: str = "application/json") -> Json:
    return {"description": description, "content": {media: {"schema": schema}}}


def _errors(*codes: int) -> Mapping[str, Json]:
    return {
        str(code): _response(_WORDS[code], _ref("Error")) for code in sorted({*codes, *_FOR_ALL})
    }
