"""People who do not exist: names made of syllables, numbers that regulators keep for fiction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

SCRIPTS: tuple[tuple[str, str, str], ...] = (
    # locale, time zone, syllables; the names are drawn from no language's stock of names
    ("en-GB", "Europe/London", "bel mar ten vor lis tam ned rok sil dan fer gol"),
    ("en-US", "America/New_York", "bran del kit mor pel sut wen hal rid cor tob lan"),
    ("de-DE", "Europe/Berlin", "bär löm tün grü feld schön wal ott kem rüß dor hag"),
    ("fr-FR", "Europe/Paris", "bré lau çon mê tiè vil dor gué nor sal rou fin"),
    ("pl-PL", "Europe/Warsaw", "łoś żab wię cki dąb nów mał bor rze pió sto gła"),
    ("el-GR", "Europe/Athens", "βαλ μορ τεν λις ταμ ροκ σελ δαν φερ γολ νίκ πάλ"),
    ("uk-UA", "Europe/Kyiv", "бел мар тен вор лис там нед рок сил дан їжа гол"),
    ("ar-EG", "Africa/Cairo", "بال مور تان ليس تام روك سيل دان فار نيك"),
    ("hi-IN", "Asia/Kolkata", "बेल मार तेन वोर लिस ताम रोक सिल दान फेर"),
    ("ja-JP", "Asia/Tokyo", "ベル マル テン ボル リス タム ネド ロク シル ダン"),
    ("ko-KR", "Asia/Seoul", "벨 마르 텐 보르 리스 탐 네드 로크 실 단"),
)
SCRIPT_WEIGHTS = (30, 20, 12, 10, 6, 4, 5, 4, 4, 3, 2)
TITLES = (
    "Head of Growth",
    "Support Engineer",
    "Leiter Einkauf",
    "Directrice générale",
    "Operations Manager",
    "QA Lead",
    "営業部長",
    "Data Analyst",
)
BRITISH_AREAS = ("113", "114", "115", "116", "117", "118", "121", "131", "141", "151", "161")
GERMAN_AREAS = (("30", "23125"), ("69", "90009"), ("40", "66969"), ("221", "4710"), ("89", "99998"))
AMERICAN_AREAS = ("202", "212", "312", "404", "415", "416", "503", "604", "617", "702", "713")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known to the source: what an SDK remembers of them, under the names it uses."""

    user_id: str
    traits: dict[str, object]
    locale: str
    timezone: str


class Crowd:
    """Many people, a few of whom do most things: the n-th is met n^-0.7 times as often."""

    def __init__(self, rng: random.Random, size: int) -> None:
        self._people = [_person(rng, number) for number in range(size)]
        self._weights = list(accumulate((rank + 1) ** -0.7 for rank in range(size)))

    def draw(self, rng: random.Random, count: int) -> Sequence[Person]:
        return rng.choices(self._people, cum_weights=self._weights, k=count)


def _person(rng: random.Random, number: int) -> Person:
    locale, timezone, syllables = rng.choices(SCRIPTS, SCRIPT_WEIGHTS)[0]
    traits: dict[str, object] = {"email": _email(rng, number)}
    if rng.random() < 0.95:  # the others are known by their address only
        traits["name"] = f"{_word(rng, syllables)} {_word(rng, syllables)}"
    if rng.random() < 0.85:
        traits["phone"] = _phone(rng)
    if rng.random() < 0.6:
        traits["title"] = rng.choice(TITLES)
    traits |= _company(rng)
    traits["createdAt"] = f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T08:00:00.000Z"
    return Person(f"usr_{number * 7919 + 100_003}", traits, locale, timezone)


def _word(rng: random.Random, syllables: str) -> str:
    return "".join(rng.choices(syllables.split(), k=rng.randint(2, 3))).capitalize()


def _email(rng: random.Random, number: int) -> str:
    local = f"{_word(rng, SCRIPTS[0][2])}.{_word(rng, SCRIPTS[1][2])}{number}"
    typed = local if rng.random() < 0.4 else local.lower()
    return f"{typed}@example.{rng.choice(('com', 'net', 'org'))}" + " " * (rng.random() < 0.02)


def _company(rng: random.Random) -> dict[str, object]:
    """Companies as destinations meet them: a number, digits, an id of another system, or none."""
    number = rng.randint(43_000_000, 43_000_400)
    draw = rng.random()
    if draw < 0.2:
        return {"company_id": number}
    if draw < 0.3:
        return {"company": {"id": str(number), "name": "Example Ltd", "plan": "growth"}}
    if draw < 0.4:
        return {"company": {"id": f"acct_{number % 997}", "name": "Example GmbH"}}
    return {}


def _phone(rng: random.Random) -> str:
    """A number as people type it, of the ranges kept for fiction by Ofcom, Bundesnetzagentur and
    the North American plan (555-01xx); one in a hundred is none.
    """
    draw = rng.random()
    if draw < 0.01:
        return rng.choice(("n/a", "ask reception"))
    if draw < 0.35:
        tail = f"{rng.randrange(1_000):03}"
        return rng.choice(("07700 900{0}", "+44 7700 900{0}", "07700900{0}")).format(tail)
    if draw < 0.6:
        area, tail = rng.choice(BRITISH_AREAS), f"{rng.randrange(1_000):03}"
        return rng.choice(("0{0} 496 0{1}", "(0{0}) 4960{1}", "+44{0}4960{1}")).format(area, tail)
    if draw < 0.8:
        (area, prefix), tail = rng.choice(GERMAN_AREAS), f"{rng.randrange(1_000):03}"
        return rng.choice(("+49 {0} {1}{2}", "+49{0}{1}{2}")).format(area, prefix, tail)
    area, tail = rng.choice(AMERICAN_AREAS), f"01{rng.randrange(100):02}"
    return rng.choice(("+1 {0}-555-{1}", "+1 ({0}) 555-{1}", "+1{0}555{1}")).format(area, tail)
