"""Whether a path is still there: for thumbnails, which outlive their pictures."""

from collections.abc import Callable

from triage.errors import SourceError
from triage.sources.reader import ContentError
from triage.sources.tree import Tree

FOLDERS_KEPT = 64


class Presence:
    """Answers for one device; remembers the folders that it was asked about last."""

    def __init__(self, tree_of: Callable[[str], Tree]) -> None:
        """`tree_of`: by the id of a volume."""
        self._tree_of = tree_of
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
                names = self._tree_of(volume_id).names(folder)
                self._kept[key] = frozenset(name.casefold() for name in names)
            except (ContentError, SourceError, KeyError):
                self._kept[key] = None
        return self._kept[key]
