from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import msgspec
import pytest

from sendoff.secrets import Secret

KEY = "k3y-0f-4cme"


def test_only_reveal_gives_the_text() -> None:
    assert Secret(KEY).reveal() == KEY


def test_no_way_of_printing_shows_it() -> None:
    secret = Secret(KEY)
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r:>8}",
        f"{secret:>8}",
        f"{[secret]}",
    ]
    assert all("***" in each for each in shown)
    assert not any(KEY in each for each in shown)


def test_a_dataclass_that_holds_one_shows_stars() -> None:
    @dataclasses.dataclass
    class Settings:
        key: Secret

    assert KEY not in repr(Settings(Secret(KEY)))
    assert dataclasses.asdict(Settings(Secret(KEY)))["key"].reveal() == KEY


def test_it_is_no_json() -> None:
    with pytest.raises(TypeError):
        json.dumps({"key": Secret(KEY)})
    with pytest.raises(TypeError):
        msgspec.json.encode({"key": Secret(KEY)})


def test_it_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="clear"):
        pickle.dumps(Secret(KEY))


def test_it_is_equal_to_the_same_secret_only() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret(KEY + "!")
    assert Secret(KEY) != KEY
    assert Secret("caf\xe9 \ud800") == Secret("caf\xe9 \ud800")


def test_it_has_no_hash() -> None:
    with pytest.raises(TypeError):
        hash(Secret(KEY))


def test_a_copy_is_the_secret_itself() -> None:
    secret = Secret(KEY)
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret
