"""What compiling one blueprint needs at hand, and where its problems gather."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sendoff.blueprint import paths, targets
from sendoff.documents import check_schema
from sendoff.documents.excerpt import excerpt
from sendoff.problems import Problem
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.blueprint.transforms import Transform
    from sendoff.documents import Document

At = tuple[str | int, ...]
"""Where something stands in a document: the keys and indexes that lead to it."""

_UNSET: Final = object()


@dataclass(frozen=True, slots=True)
class Compilation:
    """The document, the transforms it may use, its declared parameters and their values.

    Nothing raises while compiling: every problem is collected, at its key or item. What the
    document's schema says already is not said again. `inside` is how a field names those that
    it is built of: `tags` for `tags[0]`.
    """

    document: Document
    transforms: Mapping[str, Transform]
    declared: Mapping[str, Any]
    params: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)
    inside: str = ""
    inside_each: bool = False

    def within(self, inside: str, *, each: bool = False) -> Compilation:
        """The same for the fields that another is built of; in an `each`, `item` is a root."""
        return replace(self, inside=inside, inside_each=each or self.inside_each)

    def problem(self, at: At, message: str, fix: str = "") -> None:
        """Note a problem with the key or item at a place."""
        self.problems.append(Problem(self.document.position(at), message, fix))

    def path(self, text: str, at: At, *, otherwise: str = "") -> paths.Path | None:
        """The path a text spells; None, and a problem noted, where it spells none.

        `otherwise` says what to do about a text that is not nearly a path.
        """
        try:
            path = paths.parse(text, inside_each=self.inside_each)
        except paths.PathError as error:
            self.problem(at, str(error), error.fix if error.near else otherwise or error.fix)
            return None
        if path.root == "params" and path.steps[0] not in self.declared:
            self._unknown_parameter(str(path.steps[0]), at)
            return None
        return path

    def target(self, text: str, at: At) -> targets.Target | None:
        """The target a key spells; None, and a problem noted, where it spells none."""
        target = targets.parse(text)
        if target is None:
            fix = "write names with dots between; one that holds a dot or a space in double quotes"
            self.problem(at, f"`{excerpt(text)}` is no target", fix)
        return target

    def breaches(self, value: Any, schema: Mapping[str, Any], at: At) -> list[Problem]:
        """What is wrong with a value that stands, or would stand, at a place of the document."""
        document = replace(self.document, value=_grafted(self.document.value, at, value))
        return check_schema(document, schema, at)

    def filled(self, value: Any, at: At) -> tuple[Any, frozenset[At]]:
        """A transform's parameters with every `{param: NAME}` in them replaced.

        What stands for a parameter that is not set is left out; the second result says of what.
        A mapping with the one key `param` and a text always stands for a parameter. What is
        filled in is never looked at again.
        """
        unset: list[At] = []
        made = self._filled(value, at, unset)
        return None if made is _UNSET else made, frozenset(unset)

    def _filled(self, value: Any, at: At, unset: list[At]) -> Any:
        if isinstance(value, list):
            items = [self._filled(each, (*at, index), unset) for index, each in enumerate(value)]
            return [each for each in items if each is not _UNSET]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"param"} and isinstance(value["param"], str):
            return self._parameter(value["param"], (*at, "param"), unset)
        members = {key: self._filled(each, (*at, key), unset) for key, each in value.items()}
        return {key: each for key, each in members.items() if each is not _UNSET}

    def _parameter(self, name: str, at: At, unset: list[At]) -> Any:
        if name not in self.declared:
            self._unknown_parameter(name, at)
        given = self.params.get(name)
        if given is None:
            unset.append(at[:-2])
            return _UNSET
        return given

    def _unknown_parameter(self, name: str, at: At) -> None:
        fix = did_you_mean(name, self.declared) or "declare it under `parameters`"
        self.problem(at, f"there is no parameter `{excerpt(name)}`", fix)


def _grafted(whole: Any, at: At, value: Any) -> Any:
    """The document's value with another at a place; nothing of the given one is changed."""
    if not at:
        return value
    step, *rest = at
    copy = whole.copy()
    copy[step] = _grafted(whole[step] if rest else None, tuple(rest), value)
    return copy
