"""What reads evidence. Only workers run it; it alone speaks pytsk3.

    Source(device, fds, volumes=None)                  a worker makes it from what it inherited
        .volumes -> list[Volume]                       those inside no other fill the device
        .walk(volume, first_id=, orphan_cap=, streams=, unallocated=) -> walk
            for entry in walk: ...                     FileEntry, a generator; orphans come last
            walk.caps, .content_bytes, .next_id        whole once the iteration has ended
        .content(entry) -> Content                     .size .read_at(offset, length) .chunks(size)
        .reread(entry) -> Content                      the same by another way, where there is one
        .small(entry) -> bytes                         a whole small file in one go
        .bytes_of(volume_id) -> Bytes                  the volume's own run of bytes; runs are in it
        .places(volume) -> entry -> int                where on the device its content begins

What is read stands in two tables. LAYERS (`layers`) make bytes of bytes: decryption, image formats,
arrays. TREES (`trees`) make entries of bytes: The Sleuth Kit's file systems. `bytes.Bytes` and
`tree.Tree` are their protocols; nothing above them knows which it has.

Whatever cannot stop a scan is a ContentError (`reason`: a short phrase that repeats); whatever
does is a SourceError. A memoryview from `chunks` is good only until the next one.

How an entry says that its content is not its own: `allocated_name` false with `allocated_meta`
true means that the name is left over and its metadata belongs to another file now; such an entry
has storage `none`. Both false with storage `none`: only the name is left.
"""

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError, Reader
from triage.sources.source import Source
from triage.sources.tree import Content, Tree

__all__ = [
    "Bytes",
    "Content",
    "ContentError",
    "Reader",
    "Source",
    "Tree",
]
