"""Paths: a root of the event, then keys and indexes (`traits."work email"[0].value`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sendoff.documents.excerpt import excerpt
from sendoff.event import PURPOSES
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

Getter = Callable[[Any], Any]

TEXT_ROOTS = frozenset({
    "type", "event", "name", "user_id", "anonymous_id", "group_id", "previous_id", "account_id",
    "session_id", "message_id", "timestamp", "received_at",
})  # fmt: skip
OBJECT_ROOTS = frozenset({
    "traits", "group_traits", "properties", "context", "consent", "integrations",
})  # fmt: skip
ROOTS = TEXT_ROOTS | OBJECT_ROOTS | {"params"}

# Where people write the names that tracking libraries send.
_ALIASES = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "messageId": "message_id",
    "sessionId": "session_id",
    "receivedAt": "received_at",
    "originalTimestamp": "timestamp",
    "email": "traits.email",
    "phone": "traits.phone",
}

_ROOT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP = re.compile(r'\.(?:"((?:[^"\\]|\\["\\])*)"|([^\s."\[\]\\{}]+))|\[([0-9]{1,6})\]')


class PathError(ValueError):
    """A path that cannot be read; the text says why, `fix` what to write.

    `near` tells that it looks like a path with a mistake in it.
    """

    def __init__(self, message: str, fix: str, *, near: bool = True) -> None:
        self.fix = fix
        self.near = near
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Path:
    """A place in an event. Two spellings of one place are equal."""

    root: str
    steps: tuple[str | int, ...]

    def __str__(self) -> str:
        return self.root + "".join(_spelled(step) for step in self.steps)

    @property
    def kind(self) -> str | None:
        """The JSON type a value here must have (`text`, `boolean`, `object`), None if any."""
        if self.root == "consent" and self.steps:
            return "boolean"
        if self.steps or self.root in {"params", "item"}:
            return None
        return "text" if self.root in TEXT_ROOTS else "object"


def parse(text: str, *, inside_each: bool = False) -> Path:
    """The path a text spells.

    `item` is a root only inside `each`. Raises PathError for a text that is no path, an unknown
    root, and a step into a root that is text.
    """
    root, steps = _split(text)
    if root not in ROOTS and not (inside_each and root == "item"):
        raise _unknown_root(root, ROOTS | {"item"} if inside_each else ROOTS)
    if root in TEXT_ROOTS and steps:
        raise PathError(f"`{root}` is text, with nothing inside it", f"write `{root}`")
    if root == "consent" and steps and (len(steps) > 1 or steps[0] not in PURPOSES):
        raise PathError(
            f"`{excerpt(text)}` is no purpose of consent", did_you_mean(str(steps[0]), PURPOSES)
        )
    if root == "params" and (len(steps) != 1 or not isinstance(steps[0], str)):
        raise PathError(f"`{excerpt(text)}` names no parameter", "write `params.NAME`")
    return Path(root, steps)


def _unknown_root(root: str, known: frozenset[str]) -> PathError:
    if root == "item":
        fix = "begin with a root such as `traits`"
        return PathError("`item` is known only in the `fields` of an `each`", fix)
    alias = _ALIASES.get(root)
    fix = f"did you mean `{alias}`?" if alias else did_you_mean(root, known)
    near = fix.startswith("did")
    return PathError(f"`{excerpt(root)}` is no part of an event", fix, near=near)


def getter(path: Path, params: Mapping[str, Any]) -> Getter:
    """A function from an event to the value at the path; None where there is nothing.

    Parameters are the route's: their paths become constants.
    """
    if path.root == "params":
        constant = params.get(str(path.steps[0]))
        return lambda _event: constant
    found = member(path)
    if found is not None:
        root, key = found
        return lambda event: root(event).get(key)
    root = attrgetter(path.root)
    return _walker(root, path.steps) if path.steps else root


def member(path: Path) -> tuple[Getter, str] | None:
    """The getter of a root that is an object, and the one key in it; None for other paths."""
    if len(path.steps) == 1 and path.root in OBJECT_ROOTS and isinstance(path.steps[0], str):
        return attrgetter(path.root), path.steps[0]
    return None


def _walker(root: Getter, steps: tuple[str | int, ...]) -> Getter:
    def get(event: Any) -> Any:
        value = root(event)
        for step in steps:
            if type(step) is int:
                if type(value) is not list or step >= len(value):
                    return None
                value = value[step]
            elif type(value) is dict:
                value = value.get(step)
            else:
                return None
        return value

    return get


def _split(text: str) -> tuple[str, tuple[str | int, ...]]:
    start = _ROOT.match(text)
    if start is None:
        fix = "write a root and keys, such as `traits.email`"
        raise PathError(f"`{excerpt(text)}` is no path", fix, near=False)
    steps: list[str | int] = []
    at = start.end()
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise PathError(
                f"`{excerpt(text)}` cannot be read as a path from character {at + 1} on",
                'write `.key`, `."a key with dots or spaces"` or `[0]`',
                near=start.group() in ROOTS,
            )
        quoted, plain, index = step.groups()
        if index is not None:
            steps.append(int(index))
        else:
            steps.append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = step.end()
    return start.group(), tuple(steps)


def _spelled(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if re.fullmatch(r'[^\s."\[\]\\{}]+', step):
        return f".{step}"
    escaped = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'."{escaped}"'
