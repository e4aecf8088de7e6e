"""What reads evidence: volumes, file systems, content. Only workers run it; it alone speaks pytsk3.

    Source(device, fds, volumes=None)                  a worker makes it from what it inherited
        .volumes -> list[Volume]                       their sizes sum to the device's size
        .walk(volume, first_id=, orphan_cap=, streams=, unallocated=) -> walk
            for entry in walk: ...                     FileEntry, a generator; orphans come last
            walk.caps, .content_bytes, .next_id        whole once the iteration has ended
        .content(entry) -> Content                     .size .read_at(offset, length) .chunks(size)
        .reread(entry) -> Content                      the same through The Sleuth Kit, always
        .small(entry) -> bytes                         a whole small file in one go

Below it, for those who need less: Reader(fds, sizes), list_volumes(reader, device),
FileSystems(reader, volumes), Walk(file_systems, volume, ...).

Whatever cannot stop a scan is a ContentError (`reason`: a short phrase that repeats); whatever
does is a SourceError. A memoryview from `chunks` is good only until the next one.

How an entry says that its content is not its own: `allocated_name` false with `allocated_meta`
true means that the name is left over and its metadata belongs to another file now; such an entry
has storage `none`. Both false with storage `none`: only the name is left.
"""

from triage.sources.content import Content
from triage.sources.file_systems import FileSystems
from triage.sources.reader import ContentError, Reader
from triage.sources.source import Source
from triage.sources.volumes import list_volumes
from triage.sources.walk import Walk

__all__ = [
    "Content",
    "ContentError",
    "FileSystems",
    "Reader",
    "Source",
    "Walk",
    "list_volumes",
]
