"""Event names, and when two of them are the same."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=2048)
def fold(name: str) -> str:
    """The form in which names compare: `Signed Up`, `signed_up` and `signed-up` are `signedup`.

    Case, white space, `_` and `-` make no difference, nor do Unicode's compatibility forms
    (composed or not, full width or not). Folding a folded name changes nothing.
    """
    if name.isascii():
        return _joined(name.casefold())
    # Unicode's compatibility caseless form (definition D146), composed when the spaces are gone.
    for form in ("NFD", "NFKD"):
        name = unicodedata.normalize(form, name).casefold()
    return unicodedata.normalize("NFKC", _joined(name))


def _joined(name: str) -> str:
    return "".join(name.replace("_", " ").replace("-", " ").split())
