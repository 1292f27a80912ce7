"""What is shown of values that may hold secrets or personal data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sendoff.mask import Masker
from sendoff.redact import Redactor
from sendoff.report.plain import compact, plain
from sendoff.secrets import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.pipeline_file import Pipeline

# How judges begin a sentence about one value, and how they quote it.
_ABOUT: Final = re.compile(r"(?:\$\.?)?(?P<path>[^\s:]+): ")
_QUOTED: Final = re.compile(r"""'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|[\d.+-]{5,}""")


class Display:
    """Covers secrets always, and masks personal data unless it is to be shown `clear`.

    Everything comes out on one line, without what a terminal would obey.
    """

    def __init__(self, pipeline: Pipeline, *, clear: bool) -> None:
        self._redactor = Redactor(pipeline.secrets)
        self._masker = Masker(() if clear else pipeline.redact)

    def value(self, value: Any, *names: str) -> str:
        """A JSON-able value; `names` are the paths it stands at or came from.

        The first of them that is of a class decides how it is masked.
        """
        value = self._redactor.value(value)
        named = (self._masker.value({name: value})[name] for name in names)
        return compact(next((each for each in named if each != value), self._masker.value(value)))

    def covered(self, value: Any) -> Any:
        """A JSON-able value as it may be shown, still a value: its texts as they came."""
        # Secrets first, while they are whole: a masked text may be cut, or changed in the middle.
        return self._masker.value(self._redactor.value(value))

    def members(self, value: Mapping[str, Any]) -> dict[str, str]:
        """Each member of an object by its name."""
        return {name: compact(inner) for name, inner in self.covered(value).items()}

    def text(self, text: str) -> str:
        """Running text, such as a server's words."""
        return plain(self._masker.text(self._redactor.text(text)))

    def detail(self, detail: str) -> str:
        """The detail of a decision: what it quotes is masked as the value at its path would be."""
        about = _ABOUT.match(detail)
        if about is None:
            return self.text(detail)
        name = about["path"]

        def masked(quoted: re.Match[str]) -> str:
            hidden = self._masker.value({name: quoted[0]})[name] != quoted[0]
            return MASK if hidden else quoted[0]

        return self.text(about[0] + _QUOTED.sub(masked, detail[about.end() :]))
