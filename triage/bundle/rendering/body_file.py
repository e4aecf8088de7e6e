"""All entries as a body file of The Sleuth Kit 3, a line each, which mactime and plaso read.

`MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime`, seconds since 1970 UTC; 0 where nothing
is known. What does not print, and `|` in a name, is written out: a name cannot make a field.
"""

from collections.abc import Iterable, Iterator

from triage.bundle.format.entries import EntryLine
from triage.bundle.format.shown import visible
from triage.evidence import EntryKind, FileEntry

_MODES = {EntryKind.FILE: "r/r", EntryKind.DIRECTORY: "d/d", EntryKind.LINK: "l/l"}


def render(lines: Iterable[EntryLine]) -> Iterator[bytes]:
    """Line by line."""
    for line in lines:
        yield _line(line.entry, line.result.digests.get("md5", "0")).encode("utf-8")


def _line(entry: FileEntry, md5: str) -> str:
    name = visible(f"{entry.volume_id}/{entry.shown_path}").replace("|", "\\x7c")
    deleted = "" if entry.allocated else " (deleted)"
    mode = f"{_MODES.get(entry.kind, '-/-')}---------"
    times = entry.times
    at = (times.accessed, times.modified, times.changed, times.created)
    seconds = "|".join(str(int(each)) if each is not None else "0" for each in at)
    return f"{md5}|{name}{deleted}|{entry.meta_address}|{mode}|0|0|{entry.size}|{seconds}\n"
