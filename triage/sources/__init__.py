"""The only place that opens evidence, always read-only, and the only one that speaks pytsk3.

    list_devices(include_loops=False) -> list[Device]  attached devices; marks the two sticks
    list_attached(...) -> list[Attached]               the same with what this machine uses them for
    identify(path, "d0") -> Device                     block device, image (raw, split raw), folder
    open_read_only(device) -> tuple[int, ...]          descriptors; the only opening of evidence

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
from triage.sources.devices import Attached, identify, list_attached, list_devices
from triage.sources.file_systems import FileSystems
from triage.sources.opening import open_read_only, sizes_of
from triage.sources.reader import ContentError, Reader
from triage.sources.source import Source
from triage.sources.volumes import list_volumes
from triage.sources.walk import Walk

__all__ = [
    "Attached",
    "Content",
    "ContentError",
    "FileSystems",
    "Reader",
    "Source",
    "Walk",
    "identify",
    "list_attached",
    "list_devices",
    "list_volumes",
    "open_read_only",
    "sizes_of",
]
