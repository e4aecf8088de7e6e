"""The entry whose parts are looked for, as a finder sees it. Values only."""

from collections.abc import Callable
from dataclasses import dataclass, field

from triage.evidence import FileEntry
from triage.parts.part import ReadAt


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """An entry, and ways to its bytes. All reading raises ContentError, and nothing else."""

    entry: FileEntry
    head: bytes = field(repr=False)
    """The first HEAD_BYTES of its content, or all of it."""
    type: str
    """MIME type by content."""
    content: ReadAt
    whole: bytes = field(repr=False)
    """All of its content, if that has been read; empty if not."""
    beside: Callable[[str, int], bytes]
    """The content of the entry of that name in the same folder, so many bytes at most."""
