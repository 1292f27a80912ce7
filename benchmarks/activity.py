"""What people do: the calls that a site or a server makes, before an SDK puts them in a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from people import Person

PAGES = (
    ("/signup", "Sign up"),
    ("/pricing", "Pricing and plans"),
    ("/docs/getting-started", "Getting started"),
    ("/account/settings", "Your settings"),
    ("/blog/2026/a-quieter-inbox", "A quieter inbox"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an SDK. `identified` tells whether the message may say who it is about.

    `marketing` is the consent the person gave, None where nobody asked. `opted_out` keeps the call
    from the destination it is meant for.
    """

    type: str
    person: Person
    identified: bool = True
    marketing: bool | None = True
    opted_out: bool = False
    event: str | None = None
    properties: dict[str, object] = field(default_factory=dict)
    destination: str = "Freshdesk"


def signed_up(rng: random.Random) -> tuple[str, dict[str, object]]:
    properties: dict[str, object] = {"plan": rng.choice(("free", "team", "pro"))}
    if rng.random() < 0.95:
        properties["method"] = rng.choice(("email", "google", "sso"))
    if rng.random() < 0.3:
        properties["referral_code"] = f"R{rng.randrange(10**6):06}"
    return "Signed Up", properties


def order_completed(rng: random.Random) -> tuple[str, dict[str, object]]:
    products = [
        {"product_id": f"sku-{rng.randrange(500)}", "price": rng.randrange(100, 9_900) / 100}
        | {"quantity": rng.randint(1, 4)}
        for _ in range(rng.randint(1, 3))
    ]
    revenue = rng.randrange(1_000, 90_000) / 100
    order = f"o-{rng.randrange(10**9)}"
    return "Order Completed", {"order_id": order, "revenue": revenue, "products": products}


def feature_used(rng: random.Random) -> tuple[str, dict[str, object]]:
    feature = rng.choice(("export", "inbox search", "bulk edit", "webhooks"))
    return "Feature Used", {"feature": feature, "count": rng.randint(1, 40), "beta": False}


def article_read(rng: random.Random) -> tuple[str, dict[str, object]]:
    depth = rng.randint(5, 100)
    return "Article Read", {"article_id": rng.randrange(10_000), "depth": depth, "tags": ["how-to"]}


OTHER_EVENTS: tuple[Callable[[random.Random], tuple[str, dict[str, object]]], ...] = (
    order_completed,
    feature_used,
    article_read,
)


def group_traits(rng: random.Random) -> dict[str, object]:
    employees = rng.choice((8, 40, 260, 1_900))
    return {"name": "Example Ltd", "industry": "software", "employees": employees, "plan": "team"}
