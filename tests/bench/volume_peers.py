"""Another program's listing of an image, and the MD5 of each file: run by that program's Python.

    PYTHON volume_peers.py dissect|dfvfs KIND IMAGE

`KIND` is xfs, apfs, btrfs, bitlocker or luks2. Prints how many entries and bytes, and the seconds
of processor time for the listing and for all of it. Nothing of it is loaded into seek's processes.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PASSPHRASE = "a long walk by the river"  # noqa: S105
CHUNK = 1 << 20


def of_dissect(kind: str, image: Path) -> Iterator[tuple[str, Any]]:
    """Paths, and of files what opens them."""
    from dissect.target import filesystem

    held: Any = image.open("rb")
    if kind == "bitlocker":
        from dissect.fve.bde import BDE

        volume = BDE(held)
        volume.unlock_with_clear_key()
        held = volume.open()
    elif kind == "luks2":
        from dissect.fve.luks import LUKS

        locked = LUKS(held)
        locked.unlock_with_passphrase(PASSPHRASE)
        held = locked.open()
    found = filesystem.open(held)
    for top, _, files in found.walk_ext("/"):
        base = top[-1] if isinstance(top, list) else top
        for each in files:
            yield f"{base.path}/{each.name}", each.open


def of_dfvfs(kind: str, image: Path) -> Iterator[tuple[str, Any]]:
    """The same."""
    from dfvfs.lib import definitions
    from dfvfs.path import factory
    from dfvfs.resolver import resolver

    new = factory.Factory.NewPathSpec
    spec = new(definitions.TYPE_INDICATOR_OS, location=str(image))
    if kind == "apfs":
        spec = new(definitions.TYPE_INDICATOR_APFS_CONTAINER, location="/apfs1", parent=spec)
    if kind == "bitlocker":
        spec = new(definitions.TYPE_INDICATOR_BDE, parent=spec)
    reader = {"xfs": "XFS", "apfs": "APFS", "bitlocker": "NTFS"}[kind]
    root = "\\" if reader == "NTFS" else "/"
    top = new(getattr(definitions, f"TYPE_INDICATOR_{reader}"), location=root, parent=spec)
    system = resolver.Resolver.OpenFileSystem(top)
    waiting = [system.GetRootFileEntry()]
    while waiting:
        entry = waiting.pop()
        for each in entry.sub_file_entries:
            if each.IsDirectory():
                waiting.append(each)
            elif each.IsFile():
                yield each.path_spec.location, each.GetFileObject


def main() -> None:
    """Twice: listed, and listed and read."""
    program, kind, image = sys.argv[1:]
    walk: Callable[[str, Path], Iterator[tuple[str, Any]]] = {
        "dissect": of_dissect, "dfvfs": of_dfvfs}[program]  # fmt: skip
    sum(1 for _ in walk(kind, Path(image)))  # imports
    begun = time.process_time()
    entries = sum(1 for _ in walk(kind, Path(image)))
    listed = time.process_time()
    size, digests = 0, []
    for path, open_ in walk(kind, Path(image)):
        if "$" in path:
            continue
        file, told = open_(), hashlib.md5(usedforsecurity=False)
        while chunk := file.read(CHUNK):
            told.update(chunk)
            size += len(chunk)
        digests.append(told.hexdigest())
    done = time.process_time()
    print(json.dumps({
        "entries": entries, "bytes": size, "listing": listed - begun, "all": done - listed,
        "digests": sorted(digests)}))  # fmt: skip


if __name__ == "__main__":
    main()
