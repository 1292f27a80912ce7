"""Where the file of a store may lie: in a folder that is there, on a disk of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sendoff.errors import UsageError
from sendoff.store.failures import StoreError

_MOUNTS: Final = Path("/proc/self/mountinfo")

# SQLite's own documents warn of these: their locks and syncs do not always do what they say.
_NETWORK: Final = frozenset((
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "fuse.rclone",
    "fuse.s3fs", "fuse.gcsfuse",
))  # fmt: skip


def place_of(address: str, folder: Path, mounts: Path = _MOUNTS) -> Path:
    """The file that an address means, links followed, so that a store has one name only.

    Raises UsageError for what names no file, StoreError where the folder is missing or lies on
    another machine, as far as Linux tells by `mounts`; elsewhere nothing is refused.
    """
    if address in {"", ":memory:"} or (address.startswith("//") and address[2:3] != "/"):
        raise UsageError(
            f"`store: sqlite:{address}` names no file (write `sqlite:./sendoff.db`; for none, "
            f"`memory`)"
        )
    try:
        path = (folder / address).resolve()
    except (OSError, ValueError, RuntimeError):
        raise UsageError(f"`store: sqlite:{address}` is no path of a file") from None
    if path.is_dir():
        raise UsageError(f"{path}: is a folder (name a file in it as `store:`)")
    if not path.parent.is_dir():
        raise StoreError(
            f"{path}: there is no folder {path.parent} (make it, or name another file as `store:`)"
        )
    kind = _file_system(path, mounts)
    if kind in _NETWORK:
        raise StoreError(
            f"{path}: lies on another machine ({kind}), where neither locks nor syncs can be "
            f"relied on, so that events could be lost (put the store on a local disk)"
        )
    return path


def _file_system(path: Path, mounts: Path) -> str:
    """The kind of file system that a path lies on; empty where that cannot be told."""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    nearest, kind = -1, ""
    for line in lines:
        # number, parent, device, root, mount point, …, " - ", kind of file system, …
        before, _, after = line.partition(" - ")
        point = Path(_unescaped(before.split(" ", 5)[4]))
        # The later of two at one place hides the earlier.
        if path.is_relative_to(point) and len(point.parts) >= nearest:
            nearest, kind = len(point.parts), after.split(" ")[0]
    return kind


def _unescaped(field: str) -> str:
    """A mount point as the kernel writes it: white space and backslash stand in octal."""
    for octal, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(octal, character)
    return field
