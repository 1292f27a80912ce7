"""Where a store may lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from sendoff.errors import UsageError
from sendoff.store.failures import StoreError
from sendoff.store.sqlite.place import place_of


@pytest.mark.parametrize("address", ["", ":memory:", "//sendoff.db", "//./sendoff.db", "a\0b"])
def test_what_names_no_file_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match=r"no file|no path"):
        place_of(address, tmp_path)


def test_a_relative_path_is_seen_from_the_folder(tmp_path: Path) -> None:
    assert place_of("./s.db", tmp_path) == tmp_path.resolve() / "s.db"


def test_an_absolute_path_is_one_with_any_number_of_slashes(tmp_path: Path) -> None:
    assert place_of(f"//{tmp_path}/s.db", Path("/elsewhere")) == tmp_path.resolve() / "s.db"


def test_a_store_has_one_name_by_whatever_link_it_is_reached(tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(tmp_path)
    (tmp_path / "link.db").symlink_to("s.db")
    assert place_of("other/link.db", tmp_path) == place_of("s.db", tmp_path)


def test_links_that_go_round_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").symlink_to("a.db")
    with pytest.raises(UsageError):
        place_of("a.db", tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no folder .*/missing \(make it"):
        place_of("missing/s.db", tmp_path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        place_of(".", tmp_path)


def mounts(tmp_path: Path, *mounted: tuple[str, str]) -> Path:
    file = tmp_path / "mountinfo"
    lines = [
        f"{number} 1 0:{number} / {point} rw,relatime shared:1 - {kind} source rw"
        for number, (point, kind) in enumerate(mounted, 20)
    ]
    file.write_text("\n".join(lines))
    return file


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_another_machines_disk_is_refused(tmp_path: Path, kind: str) -> None:
    table = mounts(tmp_path, ("/", "ext4"), (str(tmp_path.resolve()), kind))
    with pytest.raises(StoreError, match=f"another machine \\({kind}\\).* local disk"):
        place_of("s.db", tmp_path, table)


def test_the_nearest_mount_counts_and_of_two_at_one_place_the_later(tmp_path: Path) -> None:
    here = tmp_path.resolve() / "a folder"
    here.mkdir()
    escaped = str(here).replace(" ", "\\040")
    table = mounts(
        tmp_path, (escaped, "nfs4"), (escaped, "ext4"), ("/", "nfs4"), (f"{here}x", "nfs4")
    )
    assert place_of("s.db", here, table) == here / "s.db"


def test_where_nothing_tells_of_mounts_nothing_is_refused(tmp_path: Path) -> None:
    assert place_of("s.db", tmp_path, tmp_path / "none") == tmp_path.resolve() / "s.db"
