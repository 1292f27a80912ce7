"""Finds secrets in what is about to be shown or kept, by their value, and covers them."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

from sendoff.secrets import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SHORTEST: Final = 4
"""A shorter secret is not looked for: it would blank out ordinary text. `check` warns of it."""

_LONG_PATH: Final = 16

_URL_SAFE: Final = (
    "",
    "/",
    "!~*'()",  # encodeURIComponent
    "!~*'();,/?:@&=+$#",  # encodeURI
    "!$&'()*+,;=:@/[]|^\\",  # a path, as httpx and browsers write it
    "!$&'()*+,;=:@/[]|^\\?`{}",  # a query, likewise
)
"""What encoders leave as it is beside letters, digits and `_.-~`; the rest becomes `%XX`."""


class Redactor:
    """Covers each secret wherever it stands, in every form it is usually written in.

    Those are: plain; percent-encoded, as a form too, with hex of either case; inside Base64, such
    as the user or password of Basic authentication, at any alignment; escaped for JSON or HTML; as
    Python shows text and bytes; JSON once more in JSON, or as Python shows it. The edges of a
    Base64 text, which share a character with their neighbours, stay.
    """

    def __init__(self, secrets: Iterable[str], *, enabled: bool = True) -> None:
        self._enabled = enabled
        self._known: frozenset[str] = frozenset()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Cover these as well, from now on."""
        if self._enabled:
            given = {part for secret in secrets for part in (secret, *_inside_address(secret))}
            self._known |= {secret for secret in given if len(secret) >= SHORTEST}
        found = {form for secret in self._known for form in _forms(secret)}
        forms = sorted(found, key=len, reverse=True)
        raw = [form.encode("utf-8", "surrogatepass") for form in forms]
        self._text = re.compile("|".join(map(re.escape, forms))) if forms else None
        self._data = re.compile(b"|".join(map(re.escape, raw))) if forms else None
        self._longest = max(map(len, raw), default=0)

    def text(self, text: str) -> str:
        """The text with every secret as `***`."""
        return self._text.sub(MASK, text) if self._text else text

    def texts(self, texts: Sequence[str]) -> Sequence[str]:
        """Each text with every secret as `***`; all are looked through at once."""
        together = "\n".join(texts)
        return texts if self.text(together) == together else [self.text(each) for each in texts]

    def data(self, data: bytes) -> bytes:
        """The bytes with every secret as `***`, without decoding them."""
        return self._data.sub(MASK.encode(), data) if self._data else data

    def value(self, value: Any) -> Any:
        """A JSON-able value with every secret in its texts and keys as `***`."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def head(self, data: bytes, limit: int) -> str:
        """About the first `limit` bytes as text, redacted; `…` marks that there was more.

        A secret that the cut would leave half in sight is left out with it.
        """
        if len(data) <= limit:
            return self.text(data.decode("utf-8", "replace"))
        return self.cut(data[: limit + self._longest].decode("utf-8", "replace"))

    def cut(self, text: str) -> str:
        """The start of a longer text, redacted, and without half a secret where it was cut."""
        shown = self.text(text)
        # Half a secret is a suffix shorter than the longest form, so it goes with that many.
        return shown[: max(0, len(shown) - self._longest)] + "…"


def _inside_address(secret: str) -> Iterator[str]:
    """The path and query of a secret address, where a key may stand that servers repeat.

    A short path without a query (`/events`) is left: it would blank out ordinary text.
    """
    found = re.match(r"https?://[^/?#]*(/[^?]*)?(\?.*)?", secret)
    path, query = (found[1] or "", found[2] or "") if found else ("", "")
    if query:
        yield path + query
    if query or len(path) >= _LONG_PATH:
        yield path


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield from _percent(secret)
    yield from _base64(secret)
    yield from _json(secret)
    yield from _html(secret)
    yield from _python(secret)
    # A body is quoted in another, or shown in a log.
    for form in set(_json(secret)):
        yield from _json(form)
        yield from _python(form)


def _percent(secret: str) -> Iterator[str]:
    encoded = {quote(secret, safe=safe, errors="surrogatepass") for safe in _URL_SAFE}
    encoded.add(quote_plus(secret, errors="surrogatepass"))
    for form in encoded:
        yield form
        yield re.sub("%[0-9A-F]{2}", lambda hexadecimal: hexadecimal[0].lower(), form)


def _base64(secret: str) -> Iterator[str]:
    """The characters that depend on the secret alone, for each place it may have in its triplet."""
    raw = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        start = -(-8 * before // 6)
        end = 8 * (before + len(raw)) // 6
        middle = b64encode(bytes(before) + raw + bytes(2)).decode()[start:end]
        yield middle
        yield middle.translate(str.maketrans("+/", "-_"))


def _json(secret: str) -> Iterator[str]:
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        # Some encoders escape the slash, others what means something to HTML.
        safe = re.sub("[&<>']", lambda found: f"\\u{ord(found[0]):04x}", escaped)
        for form in (escaped, escaped.replace("/", "\\/"), safe, safe.replace("/", "\\/")):
            yield form
            yield re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), form)


def _html(secret: str) -> Iterator[str]:
    yield html.escape(secret, quote=False)
    escaped = html.escape(secret)
    for apostrophe in ("&#x27;", "&#39;", "&apos;"):
        for mark in ("&quot;", "&#34;"):
            yield escaped.replace("&#x27;", apostrophe).replace("&quot;", mark)


def _python(secret: str) -> Iterator[str]:
    """As `repr` writes it, which escapes an apostrophe only where a quotation mark stands too."""
    raw = secret.encode("utf-8", "surrogatepass")
    as_text = "".join(repr(character)[1:-1] for character in secret)
    as_bytes = "".join(repr(bytes([byte]))[2:-1] for byte in raw)
    for form in (as_text, as_bytes):
        yield form
        yield form.replace("'", "\\'")
