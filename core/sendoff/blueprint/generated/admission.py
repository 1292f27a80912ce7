"""What is demanded of every event written out: whether it may pass, without the reason why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.blueprint.generated.writer import Writer
from sendoff.blueprint.values import has_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.blueprint.paths import Getter, Path
    from sendoff.blueprint.requirements import Consent, Identity
    from sendoff.event import Event


def generate_admission(identity: Identity, consent: Consent) -> Callable[[Event], bool]:
    """A function that tells of an event that it surely meets both; False leaves it to them."""
    writer = Writer(has_value=has_value)
    tests = [_has_value(path, get, writer) for path, get in identity.all_of]
    if identity.any_of:
        any_of = [_has_value(path, get, writer) for path, get in identity.any_of]
        tests.append(f"({' or '.join(any_of)})")
    # Not among the roots, which are all read first: most that is anonymous is asked no further.
    tests += [f"event.consent[{writer.constant(purpose)}] is True" for purpose in consent.all_of]
    if consent.any_of:
        tests.append("False")
    writer.line(f"return {' and '.join(tests) or 'True'}")
    return writer.function()


def _has_value(path: Path, get: Getter, writer: Writer) -> str:
    """An expression that tells whether a path has a value."""
    name = writer.name()
    if path.root in {"item", "params"} or len(path.steps) > 1:
        value = f"{writer.constant(get)}(event)"
    elif not path.steps:
        value = writer.root(path.root)
    else:  # a root with something inside is an object, whatever was sent
        value = f"{writer.root(path.root)}.get({writer.constant(path.steps[0])})"
    text = f"not not {name} and not {name}.isspace()"
    return f"({text} if type({name} := {value}) is str else has_value({name}))"
