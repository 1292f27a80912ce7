"""What the destination can do with a usage event, and the exact line of each.

Freshsuccess answers 200 to every event and silently drops those it cannot use, so that what is
refused here is the only complaint there will ever be. It documents five base properties, their
types, and no lengths: the lengths are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.destination import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_NAME: Final = 256
_MOST_DETAILS: Final = 50
_LONGEST_KEY: Final = 100
_LONGEST_DETAIL: Final = 1000

# 2000-01-01 in milliseconds. A time in seconds stays below it until the year 31968, so that none
# passes for one in milliseconds.
_EARLIEST: Final = 946_684_800_000
# In milliseconds. No vendor rule: a longer stretch was measured in another unit.
_ONE_DAY: Final = 86_400_000

_CONTROLS: Final = r"[\x00-\x1f\x7f-\x9f]"
# Anything but white space and control characters, as every dialect of patterns spells them; what
# is listed after \s some dialects count to it and others do not.
_VISIBLE: Final = r"[^\s\x00-\x20\x7f-\xa0" + "\ufeff]"


def _name(title: str) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "maxLength": _LONGEST_NAME,
        "pattern": _VISIBLE,
        "x-hint": f"this takes text of 1 to {_LONGEST_NAME} characters that is not blank",
    }


def _id(title: str) -> dict[str, Any]:
    return {
        **_name(title),
        "not": {"pattern": _CONTROLS},
        "x-hint": (
            f"this takes an id: text of 1 to {_LONGEST_NAME} characters that is not blank and has"
            " no control characters (a number as text too)"
        ),
    }


def _duration(title: str) -> dict[str, Any]:
    return {
        "type": "number",
        "title": title,
        "minimum": 0,
        "maximum": _ONE_DAY,
        "x-hint": f"this takes milliseconds, a number from 0 to {_ONE_DAY} (one day)",
    }


def _details(title: str, least: int) -> dict[str, Any]:
    return {
        "type": "object",
        "title": title,
        "minProperties": least,
        "maxProperties": _MOST_DETAILS,
        "x-hint": f"this takes an object of {least} to {_MOST_DETAILS} properties",
        "propertyNames": {
            "minLength": 1,
            "maxLength": _LONGEST_KEY,
            "x-hint": f"the name of a property here has 1 to {_LONGEST_KEY} characters",
        },
        "additionalProperties": {
            "type": ["string", "number", "boolean"],
            "maxLength": _LONGEST_DETAIL,
            "x-hint": (
                f"a property here takes text of at most {_LONGEST_DETAIL} characters, a number or a"
                " boolean"
            ),
        },
    }


_CREATED_AT: Final = {
    "type": "integer",
    "title": "When it happened, in milliseconds since 1970",
    "minimum": _EARLIEST,
    "x-hint": (
        f"this takes a time in milliseconds since 1970, a whole number from {_EARLIEST} (the year"
        " 2000) on: neither text nor seconds"
    ),
}
_TOTAL: Final = {
    "type": "number",
    "title": "How many uses, or what quantity, this event stands for",
    "exclusiveMinimum": 0,
    "x-hint": "this takes a number above zero, for Freshsuccess adds it to what it has",
}
_PRODUCT: Final = _name("Product line, the level above modules")


def _action(name: str, title: str, required: Mapping[str, Any], **optional: Any) -> Action:
    base = {
        "accountId": _id("Your own id of the account, which Freshsuccess knows it by"),
        "userId": _id("Your own id of the person within the account"),
        "createdAt": _CREATED_AT,
        "action": {"const": name, "title": f"Always {name}"},
        "sessionId": _id("Id of the session; a new one after 30 minutes without activity"),
    }
    return Action(
        name=name,
        title=title,
        schema={
            "type": "object",
            "required": [*base, *required],
            "additionalProperties": False,
            "properties": {**base, **required, **optional},
        },
        order_key=(("accountId", "userId"),),
    )


ACTIONS: Final[Mapping[str, Action]] = {
    action.name: action
    for action in (
        _action(
            "feature",
            "Count the use of a feature",
            {"feature": _name("Name of the feature")},
            module=_name("The part of the product that the feature is in"),
            product=_PRODUCT,
            total=_TOTAL,
            details=_details("Properties of your own", least=0),
        ),
        _action(
            "moduleEnd",
            "Report the time spent in a module that is left",
            {
                "module": _name("The part of the product that is left"),
                "timeSpent": _duration("Active time in the module, in milliseconds"),
            },
            product=_PRODUCT,
        ),
        _action(
            "sessionSync",
            "Report the active time of a session that is over",
            {"activeDuration": _duration("Active time of the whole session, in milliseconds")},
        ),
        _action(
            "identifyUser",
            "Add a person, or update one",
            {"details": _details("What is known of the person, by Account API names", least=1)},
        ),
        _action(
            "identifyAccount",
            "Add an account, or update one",
            {"details": _details("What is known of the account, by Account API names", least=1)},
        ),
    )
}
