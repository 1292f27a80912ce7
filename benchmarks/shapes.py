"""How each SDK writes a call: where it puts the traits, the consent and the ids, and its JSON.

The shapes are those of the real clients: analytics.js and the Python library of Segment, the
JavaScript and Python SDKs of RudderStack, and Datafly.js. The Python ones put a blank after each
comma and escape what is not ASCII; the JavaScript ones write UTF-8.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from activity import PAGES, Call, group_traits

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from datetime import datetime

Json = dict[str, object]

USER_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
    "Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
)


def analytics_js(call: Call, at: datetime, rng: random.Random) -> bytes:
    """Segment's browser library: a person's traits at the root of an identify, else in context."""
    context: Json = {
        "page": _page(rng),
        "userAgent": rng.choice(USER_AGENTS),
        "locale": call.person.locale,
        "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
        "campaign": {},
        "timezone": call.person.timezone,
    }
    if call.marketing is not None:
        context["consent"] = {"categoryPreferences": _purposes(call.marketing, rng)}
    message = _body(call, context, rng, root_traits=True) | {
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{rng.randrange(1000):03}Z",
        "writeKey": "wk_bench",
        "messageId": f"ajs-next-{int(at.timestamp() * 1000)}-{_uuid(rng)}",
        "_metadata": {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []},
    }
    return _compact(message)


def segment_python(call: Call, at: datetime, rng: random.Random) -> bytes:
    """Segment's Python library: nulls for absent ids, an offset in the timestamp."""
    context: Json = {"library": {"name": "analytics-python", "version": "2.4.0"}}
    if call.marketing is not None:
        context["consent"] = {"categoryPreferences": _purposes(call.marketing, rng)}
    context |= {"ip": _ip(rng), "app": {"name": "shop", "version": "4.18.2", "build": "20260114"}}
    message = {"userId": None, "anonymousId": None} | _body(call, context, rng, root_traits=True)
    message |= {"timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{rng.randrange(1000):03}+00:00"}
    message |= {"messageId": _uuid(rng), "channel": "server"}
    return json.dumps(message).encode()


def rudder_js(call: Call, at: datetime, rng: random.Random) -> bytes:
    """RudderStack's browser SDK: traits in context only, blank text for an unknown user."""
    context: Json = {
        "sessionId": int(at.timestamp() * 1000),
        "app": {"name": "shop", "namespace": "com.example.shop", "version": "3.34.1"},
        "library": {"name": "RudderLabs JavaScript SDK", "version": "3.34.1"},
        "userAgent": rng.choice(USER_AGENTS),
        "locale": call.person.locale,
        "timezone": "GMT+0000",
        "screen": {"density": 2, "width": 1512, "height": 982, "innerWidth": 1200},
        "page": _page(rng),
    }
    if call.marketing is not None:
        context["consent"] = _purposes(call.marketing, rng)
    message = {"userId": ""} | _body(call, context, rng, root_traits=False)
    message |= {
        "channel": "web",
        "originalTimestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{rng.randrange(1000):03}Z",
        "messageId": _uuid(rng),
    }
    return _compact(message)


def rudder_python(call: Call, at: datetime, rng: random.Random) -> bytes:
    """RudderStack's Python SDK: traits in context only, microseconds."""
    context: Json = {"library": {"name": "rudder-analytics-python", "version": "2.1.9"}}
    if call.marketing is not None:
        context["consent"] = _purposes(call.marketing, rng)
    context |= {"ip": _ip(rng), "os": {"name": "Linux", "version": "6.12"}}
    message = {"userId": None} | _body(call, context, rng, root_traits=False)
    message |= {
        "channel": "server",
        "originalTimestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{rng.randrange(10**6):06}+00:00",
        "messageId": _uuid(rng),
    }
    return json.dumps(message).encode()


def datafly_js(call: Call, at: datetime, rng: random.Random) -> bytes:
    """Datafly.js: the codes of the consent platform beside the canonical purposes."""
    context: Json = {
        "page": _page(rng),
        "device": {"type": rng.choice(("desktop", "mobile")), "screen": "1512x982"},
        "userAgent": rng.choice(USER_AGENTS),
        "locale": call.person.locale,
        "ip": _ip(rng),
    }
    if call.marketing is not None:
        purposes = _purposes(call.marketing, rng)
        context["consent"] = {
            "categories": {"C0001": True, "C0002": purposes["analytics"], "C0004": call.marketing},
            "canonical": {"essential": True, **purposes, "personalization": False},
        }
    message = _body(call, context, rng, root_traits=True)
    if call.event and rng.random() < 0.5:  # its catalogue writes signed_up, its pages Signed Up
        message["event"] = call.event.lower().replace(" ", "_")
    message |= {"timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{rng.randrange(1000):03}Z"}
    message |= {"messageId": _uuid(rng)}
    return _compact(message)


SHAPES: tuple[Callable[[Call, datetime, random.Random], bytes], ...] = (
    analytics_js,
    segment_python,
    rudder_js,
    rudder_python,
    datafly_js,
)
SHAPE_WEIGHTS = (30, 15, 20, 10, 25)


def _body(call: Call, context: Json, rng: random.Random, *, root_traits: bool) -> Json:
    """The part that every SDK writes alike; `context` gets the traits that belong there."""
    person = call.person
    message: Json = {"type": call.type, "anonymousId": _uuid(rng), "context": context}
    traits = dict(person.traits) if call.identified else {"plan": "free"}
    if call.identified and rng.random() < 0.9:  # else known by the address alone
        message["userId"] = person.user_id
    if call.type == "identify" and root_traits:
        message["traits"] = traits
    else:
        context["traits"] = traits
    if call.type == "group":
        message |= {"groupId": f"acct_{rng.randrange(400)}", "traits": group_traits(rng)}
    if call.type == "track":
        message |= {"event": call.event, "properties": call.properties}
    if call.type == "page":
        message |= {"name": "Docs", "properties": _page(rng)}
    message["integrations"] = _integrations(call, rng)
    return message


def _integrations(call: Call, rng: random.Random) -> Json:
    name = call.destination
    if call.opted_out:
        return dict(rng.choice(({"All": True, name: False}, {"All": False}, {name.lower(): False})))
    allowed: tuple[Json, ...] = ({}, {"All": True}, {"All": False, name: True})
    return dict(rng.choice(allowed))


def _purposes(marketing: bool, rng: random.Random) -> dict[str, bool]:
    return {"functional": True, "analytics": rng.random() < 0.8, "marketing": marketing}


def _page(rng: random.Random) -> Json:
    path, title = rng.choice(PAGES)
    search = rng.choice(("", "", "?utm_source=newsletter&utm_campaign=spring"))
    url = f"https://www.example.com{path}{search}"
    referrer = rng.choice(("", "https://search.example.org/", "https://www.example.com/"))
    return {"path": path, "referrer": referrer, "search": search, "title": title, "url": url}


def _ip(rng: random.Random) -> str:
    return f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randint(1, 254)}"


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _compact(message: Json) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
