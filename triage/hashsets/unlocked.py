"""Keys of sealed sets that were unlocked once: kept in memory until the machine goes off.

The agent types a passphrase once after the boot; every scan after that finds the set's key here.
The keys lie in a folder of the user's own, and only on a file system that has no disk (tmpfs): a
stick that is lost, or a machine that is switched off, holds none. A key opens its one file.
"""

import os
from contextlib import suppress
from pathlib import Path

from triage.errors import HashSetError
from triage.hashsets.hash_set import HashSet
from triage.hashsets.sealing import KEY_BYTES

_FOLDER = "seek-unlocked"
_PLACES = ("XDG_RUNTIME_DIR", "HOME")
"""On the stick the home is in memory; elsewhere the runtime folder is, until the user logs out."""
_WITHOUT_A_DISK = {"tmpfs", "ramfs"}


def unlock_kept(hash_set: HashSet) -> bytes | None:
    """Unlock it with the key that was kept; returns that key, or None if there is none."""
    folder = _folder()
    if folder is None:
        return None
    try:
        key = (folder / hash_set.sha256).read_bytes()
        return hash_set.unlock_with(key) if len(key) == KEY_BYTES else None
    except (OSError, HashSetError):
        return None


def keep(hash_set: HashSet, key: bytes) -> bool:
    """Keep the key of a set for those who ask later; False if no place has no disk behind it."""
    folder = _folder()
    if folder is None:
        return False
    with suppress(FileExistsError):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(folder / hash_set.sha256, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
    return True


def forget() -> int:
    """Forget every key; returns how many there were."""
    folder = _folder()
    kept = list(folder.iterdir()) if folder else []
    for path in kept:
        path.unlink()
    return len(kept)


def _folder() -> Path | None:
    """The user's own folder in memory, made if need be."""
    for name in _PLACES:
        place = Path(os.environ.get(name) or "/nowhere")
        folder = place / _FOLDER
        with suppress(OSError):
            if _is_in_memory(place):
                folder.mkdir(mode=0o700, exist_ok=True)
                if _is_ours_alone(folder):
                    return folder
    return None


def _is_in_memory(place: Path) -> bool:
    """Whether the file system of a folder has no disk behind it, by what the kernel says."""
    device = place.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    kinds = {
        line.partition(" - ")[2].split()[0]
        for line in mounts.splitlines()
        if line.split()[2] == number
    }
    return bool(kinds) and kinds <= _WITHOUT_A_DISK


def _is_ours_alone(folder: Path) -> bool:
    found = folder.lstat()
    return found.st_uid == os.geteuid() and found.st_mode == 0o40700
