"""What the file names as perhaps out."""

from __future__ import annotations

from sendoff.store.sqlite.cover import Cover


def test_nothing_is_covered_before_the_file_names_it() -> None:
    cover = Cover(7)
    version = cover.begin([1, 2])
    assert version == 8
    assert not cover.covers([1])
    cover.named(version)
    assert cover.covers([1, 2])
    assert not cover.covers([1, 3])


def test_a_naming_replaces_the_one_before() -> None:
    cover = Cover(0)
    cover.named(cover.begin([1, 2]))
    cover.named(cover.begin([2, 3]))
    assert cover.covers([2, 3])
    assert not cover.covers([1])
    assert cover.left == 2


def test_what_came_back_has_to_be_named_again_even_if_it_is_on_its_way_into_the_file() -> None:
    cover = Cover(0)
    version = cover.begin([1, 2])
    cover.uncover([1])
    cover.named(version)
    assert not cover.covers([1])
    assert cover.covers([2])


def test_a_naming_that_failed_leaves_the_one_before() -> None:
    cover = Cover(0)
    cover.named(cover.begin([1]))
    cover.failed(cover.begin([2]))
    assert cover.covers([1])
    assert not cover.covers([2])
    assert cover.version == 2, "a version is not used twice"


def test_what_a_naming_on_its_way_leaves_out_has_to_be_named_again() -> None:
    cover = Cover(0)
    cover.named(cover.begin([1, 2]))
    version = cover.begin([2, 3])
    assert not cover.covers([1]), "soon the file names it no longer"
    assert cover.covers([2])
    cover.failed(version)
    assert cover.covers([1])
