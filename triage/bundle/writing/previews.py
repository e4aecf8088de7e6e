"""The small pictures of findings, each a file of its own beside the report."""

from triage.bundle.format import layout
from triage.bundle.writing.files import BundleFiles, GrowingFile

_MOST_OPEN = 64


class Previews:
    """Writes them; they are on the medium after `close`."""

    def __init__(self, files: BundleFiles) -> None:
        self.digests: dict[str, str] = {}
        """SHA-256 by name, of those that are closed."""
        self._files = files
        self._open: list[GrowingFile] = []

    def write(self, number: int, jpeg: bytes) -> str:
        """The name that the finding's preview has in that bundle; empty if there is none."""
        name = layout.preview_name(number)
        if not jpeg or len(jpeg) > (layout.longest(name) or 0):
            return ""
        file = self._files.growing(name)
        file.buffer.extend(jpeg)
        file.flush()
        self._open.append(file)
        if len(self._open) >= _MOST_OPEN:
            self.close()
        return name

    def close(self) -> None:
        """Wait until all are on the medium, with their names."""
        waited = bool(self._open)
        while self._open:
            preview = self._open.pop()
            self.digests[preview.shown] = preview.close()
        if waited:
            self._files.sync_previews()

    def abandon(self) -> None:
        """Let go of them as they are."""
        for file in self._open:
            file.abandon()
