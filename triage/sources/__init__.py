"""The only place that opens evidence, always read-only, and the only one that speaks pytsk3.

    identify(path, "d0") -> Device                     block device, image (raw, split raw), folder
    open_read_only(device) -> tuple[int, ...]          descriptors; the only os.open on evidence
    sizes_of(fds) -> tuple[int, ...]                   bytes behind each
    Reader(fds, sizes)                                 .size .read_at(offset, length)
    list_volumes(reader, device) -> list[Volume]       their sizes sum to the device's

    FileSystems(reader, volumes)                       opened pytsk3 objects, kept; one a worker
    Walk(file_systems, volume, orphan_cap=, streams=, unallocated=, first_id=)
        for entry in walk: ...                         FileEntry values, a generator, orphans last
        walk.caps, walk.content_bytes, walk.next_id    whole once the iteration has ended
    open_content(file_systems, entry) -> Content       .size .read_at() .chunks()
    reread(file_systems, entry) -> Content             the same through The Sleuth Kit, always
    read_small(file_systems, entry) -> bytes           a whole small file in one go

A worker inherits the descriptors and makes Reader and FileSystems from them: nothing is opened.
Whatever cannot stop a scan is a ContentError (`reason`: a short phrase that repeats); whatever
does is a SourceError.

How an entry says that its content is not its own: `allocated_name` false with `allocated_meta`
true means that the name is left over and its metadata belongs to another file now; such an entry
has storage `none`. Both false with storage `none`: only the name is left.
"""

from triage.sources.content import Content, open_content, read_small, reread
from triage.sources.devices import identify
from triage.sources.file_systems import FileSystems
from triage.sources.opening import open_read_only, sizes_of
from triage.sources.reader import ContentError, Reader
from triage.sources.volumes import list_volumes
from triage.sources.walk import Walk

__all__ = [
    "Content",
    "ContentError",
    "FileSystems",
    "Reader",
    "Walk",
    "identify",
    "list_volumes",
    "open_content",
    "open_read_only",
    "read_small",
    "reread",
    "sizes_of",
]
