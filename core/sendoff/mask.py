"""Masks personal data for display: an event stays recognisable, the person does not."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING, Any, Final, Literal, get_args
from urllib.parse import unquote, unquote_plus

import msgspec

from sendoff.errors import UsageError
from sendoff.secrets import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PersonalData = Literal["email", "phone", "name", "address", "ip"]
"""The classes that `redact` in the pipeline file may name."""

CLASSES: Final[tuple[PersonalData, ...]] = get_args(PersonalData)

LONGEST: Final = 2_000
"""Characters of one text that are shown."""

# Folded: lower case, letters and digits only. The first that fits decides, so that an email
# address is an email and an IP address is an IP.
_KEYS: Final[Mapping[PersonalData, re.Pattern[str]]] = {
    "email": re.compile("email|^mail$"),
    "ip": re.compile("^(client|remote|source|user)?ip(v4|v6)?(addr(ess)?)?$|^xforwardedfor$"),
    "phone": re.compile("phone|mobile(number)?$|^tel$|msisdn|^fax|whatsapp"),
    "address": re.compile(
        "address|^(street|city|town|zip(code)?|post(al)?code|line[123]|latitude|longitude)$"
    ),
    "name": re.compile(
        "^((first|last|middle|full|given|family|nick|display|user|sur|contact|customer|person)?name"
        "|salutation)$"
    ),
}

_THINGS: Final = frozenset(
    {
        "app",
        "application",
        "browser",
        "campaign",
        "category",
        "feature",
        "integration",
        "item",
        "items",
        "library",
        "module",
        "network",
        "os",
        "page",
        "plan",
        "product",
        "products",
        "referrer",
        "screen",
    }
)
"""What has a name without being a person: `context.library.name`."""

_NAMED_EVENTS: Final = ("page", "screen")

_EMAIL = re.compile(
    r"(?<![\w.+~%'-])([\w.+~%'-]+)((?:@|%40)[\w-]+(?:\.[\w-]+)*\.[^\W\d][\w-]+)(?![\w-])"
)
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\.?\w)|(?=[0-9A-Fa-f]*:)[0-9A-Fa-f:.]{2,45}(?![\w:]))"
)
_PHONE = re.compile(
    r"""
    (?<![\w.:+/-])
    (?: (?:\+|%2[Bb]) [1-9] (?:[ ().-]{0,2} \d){6,14}    # international
      | \(? 0 \d (?:[ ()-]{0,2} \d){7,11}                # national, with its leading zero
      | \(? [2-9]\d\d \)? [ .-]{1,2} \d{3} [ .-] \d{4}   # North American
    )
    (?![\w:/-])
    """,
    re.VERBOSE,
)
_JSON_PAIR = re.compile(
    # A mark behind a backslash begins no key: from each of thousands one would look to the end.
    r'(?<!\\)"(?P<key>(?:[^"\\]|\\.)*+)"\s*:\s*(?P<quote>"?)'
    r'(?P<value>(?<=")(?:[^"\\]|\\.)*+|-?\d[\d.]*)'
)
_CUT_STRING = re.compile(r'\A((?:[^"]|"(?:[^"\\]|\\.)*+")*+")(?:[^"\\]|\\.)*+\\?\Z', re.DOTALL)
_QUERY_PAIR = re.compile(r"(?<=[?&])(?P<key>[\w.%\[\]-]+)=(?P<value>[^&#\s\"]+)")


class Masker:
    """Masks the classes it is given, by the name of a key and by the look of a text.

    An email becomes `j***@example.com`, a phone `***23`, a name `J***`, an IP address `192.***`
    or `2001:***`, a postal address `***`. A key decides over everything below it
    (`address.country`), numbers included; truth values and blank text stay. In running text
    emails, phones and IP addresses are found; names and postal addresses cannot be.
    """

    def __init__(self, classes: Iterable[str]) -> None:
        self._classes = frozenset(classes)
        unknown = self._classes.difference(CLASSES)
        if unknown:
            raise UsageError(
                f"no class of personal data is called {', '.join(sorted(unknown))}:"
                f" use {', '.join(CLASSES)}"
            )

    def value(self, value: Any) -> Any:
        """A JSON-able value, masked; what was given is left as it is."""
        return self._walk(value, parent="")

    def text(self, text: str) -> str:
        """A text, masked: JSON and lines of JSON as values, all else by its look.

        JSON that was cut off is masked by each key that stands right before its value, and the
        string that was cut is not shown.
        """
        if not self._classes:
            return text
        whole = self._json(text)
        if whole is not None:
            return whole
        return "\n".join(self._json(line) or self._rest(line) for line in text.split("\n"))

    def _json(self, text: str) -> str | None:
        if not _is_like_json(text):
            return None
        try:
            return msgspec.json.encode(self.value(msgspec.json.decode(text))).decode()
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return None

    def _rest(self, line: str) -> str:
        shown = self._plain(line)
        return _CUT_STRING.sub(rf"\1{MASK}", shown) if _is_like_json(line) else shown

    def _walk(self, value: Any, parent: str) -> Any:
        if isinstance(value, str):
            return self._plain(value)
        if isinstance(value, list | tuple):
            return [self._walk(item, parent) for item in value]
        if isinstance(value, dict):
            inside = "page" if value.get("type") in _NAMED_EVENTS else parent
            return {self._look(key): self._under(key, item, inside) for key, item in value.items()}
        return value

    def _under(self, key: str, value: Any, parent: str) -> Any:
        kind = self._kind(key, parent)
        return _cover(value, _MASKS[kind]) if kind else self._walk(value, _fold(key))

    def _kind(self, key: str, parent: str) -> PersonalData | None:
        """The class of what stands under a key, None when it is not to be masked."""
        for part in key.split("."):
            folded = _fold(part)
            for kind, pattern in _KEYS.items():
                if pattern.search(folded) and not (folded == "name" and parent in _THINGS):
                    return kind if kind in self._classes else None
            parent = folded
        return None

    def _plain(self, text: str) -> str:
        # The patterns below take the square of the length, and nobody reads so much.
        text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        text = _JSON_PAIR.sub(self._pair, text)
        text = _QUERY_PAIR.sub(self._pair, text)
        return self._look(text)

    def _pair(self, match: re.Match[str]) -> str:
        kind = self._kind(match["key"], "")
        if kind is None:
            return match[0]
        before = match[0][: match.start("value") - match.start()]
        return before + _MASKS[kind](unquote_plus(match["value"]))

    def _look(self, text: str) -> str:
        if "email" in self._classes:
            text = _EMAIL.sub(lambda found: unquote(found[1])[:1] + MASK + found[2], text)
        if "ip" in self._classes:
            text = _IP.sub(lambda found: _masked_ip(found[0]), text)
        if "phone" in self._classes:
            text = _PHONE.sub(lambda found: _masked_phone(found[0]), text)
        return text


def _is_like_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _fold(key: str) -> str:
    return "".join(filter(str.isalnum, key.casefold()))


def _cover(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: _cover(item, mask) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cover(item, mask) for item in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    return mask(str(value))


def _masked_email(text: str) -> str:
    domain = text.rpartition("@")[2] if _EMAIL.fullmatch(text) else ""
    return text[:1] + MASK + (f"@{domain}" if domain else "")


def _masked_phone(text: str) -> str:
    return MASK + "".join(filter(str.isdecimal, text))[-2:]


def _masked_name(text: str) -> str:
    return text[:1] + MASK


def _masked_ip(text: str) -> str:
    try:
        address = ip_address(text.rstrip(".:") if "." in text else text)
    except ValueError:
        return text
    if address.is_loopback or address.is_unspecified:
        return text
    mark = "." if isinstance(address, IPv4Address) else ":"
    return text.partition(mark)[0] + mark + MASK


_MASKS: Final[Mapping[PersonalData, Callable[[str], str]]] = {
    "email": _masked_email,
    "phone": _masked_phone,
    "name": _masked_name,
    "address": lambda text: MASK,
    "ip": lambda text: _masked_ip(text) if _IP.fullmatch(text) else MASK,
}
