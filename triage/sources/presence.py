"""Whether a path is still there: for thumbnails, which outlive their pictures."""

import os
from typing import Any

from triage.errors import SourceError
from triage.sources.beneath import open_beneath
from triage.sources.entries import NAME_ALLOCATED
from triage.sources.file_systems import FileSystems

MOST_NAMES = 1_000_000
FOLDERS_KEPT = 64


class Presence:
    """Answers for one device; remembers the folders that it was asked about last."""

    def __init__(self, file_systems: FileSystems | None, root: int = -1) -> None:
        """`root`: the descriptor of a folder that is the source, where there is no file system."""
        self._file_systems = file_systems
        self._root = root
        self._kept: dict[tuple[str, str], frozenset[str] | None] = {}

    def gone(self, volume_id: str, path: str) -> bool | None:
        """Whether no allocated name leads to that path; None where a folder cannot be listed.

        Upper and lower case are taken as the same: rather "there" too often than "gone".
        """
        folder = ""
        for name in path.split("/"):
            names = self._names(volume_id, folder)
            if names is None:
                return None
            if name.casefold() not in names:
                return True
            folder = f"{folder}/{name}" if folder else name
        return False

    def _names(self, volume_id: str, folder: str) -> frozenset[str] | None:
        key = (volume_id, folder)
        if key not in self._kept:
            if len(self._kept) >= FOLDERS_KEPT:
                self._kept.clear()
            try:
                self._kept[key] = self._listed(volume_id, folder)
            except (OSError, SourceError, KeyError, ValueError):
                self._kept[key] = None
        return self._kept[key]

    def _listed(self, volume_id: str, folder: str) -> frozenset[str]:
        if self._file_systems is None:
            return _below(self._root, folder)
        file_system = self._file_systems.opened(self._file_systems.volume(volume_id))
        directory: Any = file_system.open_dir(path=f"/{folder}")
        names: set[str] = set()
        for entry in directory:
            name = entry.info.name
            if name is not None and name.flags == NAME_ALLOCATED and name.name:
                names.add(name.name.decode(errors="backslashreplace").casefold())
            if len(names) > MOST_NAMES:
                raise ValueError("too many names in one folder")
        return frozenset(names)


def _below(root: int, folder: str) -> frozenset[str]:
    if not folder:
        return frozenset(name.casefold() for name in os.listdir(root))
    here = open_beneath(root, folder.encode(), folder=True)
    try:
        return frozenset(name.casefold() for name in os.listdir(here))  # noqa: PTH208
    finally:
        os.close(here)
