"""Zip, and the many kinds of files that are zip inside.

Format: PKWARE APPNOTE.TXT 6.3.10. The central directory is looked for where the end of the content
says that it lies, and where it would lie if something were in front of the archive.
"""

import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from triage.containers.kinds import ending_of
from triage.containers.probe import Container, Probe, number

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _END64_PLACE = b"PK\x06\x06", b"PK\x06\x07"
END_BYTES = 22
_MOST_COMMENT = 65535
_MOST_DIRECTORY = 256 * 1024
"""Bytes of central directory that are read: some four thousand members."""
_MOST_MANIFEST = 256 * 1024
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
"""General purpose bits: encrypted, strongly, and with a central directory that is encrypted too."""
_AES = 99

_BY_MIMETYPE = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/vnd.oasis.opendocument.graphics": "odg",
    b"application/epub+zip": "epub",
}
_BY_MEMBER = (
    (b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"), (b"visio/", "vsdx"),
    (b"FixedDocSeq.fdseq", "xps"), (b"FixedDocumentSequence.fdseq", "xps"),
    (b"AppxManifest.xml", "msix"), (b"AppxMetadata/", "msix"),
    (b"AndroidManifest.xml", "apk"), (b"Payload/", "ipa"), (b"META-INF/MANIFEST.MF", "jar"),
    (b"Index/Document.iwa", "iwork"), (b"Index.zip", "iwork"), (b"index.apxl", "iwork"),
    (b"doc.kml", "kmz"), (b"META-INF/container.xml", "epub"), (b"container.description", "aff"),
)  # fmt: skip
_RIGHTS = {b"META-INF/rights.xml", b"META-INF/license.lcpl", b"META-INF/sinf.xml"}
"""Of an EPUB that is bound to a reader: by Adobe, Readium LCP, Apple."""
_MANIFEST = b"META-INF/manifest.xml"
_WHOLE_PACKAGE = b"encrypted-package"
_MIMETYPE = re.compile(rb"[a-z]+/[a-z.+-]+")


class _Member(NamedTuple):
    name: bytes
    flags: int
    method: int
    stored: int
    offset: int
    """Of its local header, as the directory says."""


def zip_file(probe: Probe) -> Container | None:
    """Content that begins with a local header, or with the mark of one part of several."""
    start = probe.head.find(LOCAL, 0, 16)
    if start < 0:
        return None
    first = _local(probe.head, start)
    shift, members = _directory(probe)
    members = members or list(_in_a_row(probe.head, start))
    names = [first.name, *(member.name for member in members)]
    kind = _kind(probe, start, first, names)
    locked = any(_is_locked(member) for member in (first, *members))
    if not locked and kind.startswith("od"):
        locked = _WHOLE_PACKAGE in names or _manifest_says_so(probe, shift, members)
    return Container(kind, locked or (kind == "epub" and not _RIGHTS.isdisjoint(names)))


def appended_zip(probe: Probe) -> Container | None:
    """Content of another kind at whose very end a zip file ends."""
    _, members = _directory(probe)
    if not members:
        return None
    return Container("appended zip", any(map(_is_locked, members)))


def _kind(probe: Probe, start: int, first: _Member, names: list[bytes]) -> str:
    if first.name == b"mimetype":
        told = _MIMETYPE.match(probe.head, start + 30 + len(b"mimetype") + _extra(probe, start))
        if told and (kind := _by_mimetype(told[0])):
            return kind
    listed = b"\0" + b"\0".join(names)
    for beginning, kind in _BY_MEMBER:
        if b"\0" + beginning in listed:
            return kind
    return "cbz" if ending_of(probe.path) == "cbz" else "zip"


def _by_mimetype(said: bytes) -> str:
    said = said.removesuffix(b"-template").removesuffix(b"-master")
    return _BY_MIMETYPE.get(said, "")


def _extra(probe: Probe, start: int) -> int:
    return number(probe.head, start + 28, 2)


def _is_locked(member: _Member) -> bool:
    return bool(member.flags & _ENCRYPTED) or member.method == _AES


def _local(head: bytes, at: int) -> _Member:
    length = number(head, at + 26, 2)
    return _Member(
        name=head[at + 30 : at + 30 + length],
        flags=number(head, at + 6, 2),
        method=number(head, at + 8, 2),
        stored=number(head, at + 18, 4),
        offset=at,
    )


def _in_a_row(head: bytes, at: int) -> Iterator[_Member]:
    """Of an archive that is cut off: its local headers, as far as their sizes lead to the next."""
    while head.startswith(LOCAL, at):
        member = _local(head, at)
        yield member
        at += 30 + len(member.name) + number(head, at + 28, 2) + member.stored


def _directory(probe: Probe) -> tuple[int, list[_Member]]:
    """How many bytes lie before the archive, and its members; none if there is no directory."""
    tail = probe.end(END_BYTES)
    if not tail.startswith(END):
        tail = probe.end(END_BYTES + _MOST_COMMENT)
    at = tail.rfind(END)
    if at < 0:
        return 0, []
    end = probe.size - len(tail) + at
    size, offset = number(tail, at + 12, 4), number(tail, at + 16, 4)
    if 0xFFFFFFFF in (size, offset):
        place = probe.at(end - 20, 20)
        end = number(place, 8, 8) if place.startswith(_END64_PLACE) else end
        last = probe.at(end, 56)
        if last.startswith(_END64):
            size, offset = number(last, 40, 8), number(last, 48, 8)
    for start in dict.fromkeys((end - size, offset)):
        raw = probe.at(start, min(size, _MOST_DIRECTORY))
        if raw.startswith(CENTRAL):
            return start - offset, list(_members(raw))
    return 0, []


def _members(raw: bytes) -> Iterator[_Member]:
    at = 0
    while raw.startswith(CENTRAL, at):
        length = number(raw, at + 28, 2)
        yield _Member(
            name=raw[at + 46 : at + 46 + length],
            flags=number(raw, at + 8, 2),
            method=number(raw, at + 10, 2),
            stored=number(raw, at + 20, 4),
            offset=number(raw, at + 42, 4),
        )
        at += 46 + length + number(raw, at + 30, 2) + number(raw, at + 32, 2)


def _manifest_says_so(probe: Probe, shift: int, members: list[_Member]) -> bool:
    """OpenDocument: its manifest names how each member is encrypted."""
    member = next((each for each in members if each.name == _MANIFEST), None)
    if member is None:
        return False
    at = member.offset + shift
    header = probe.at(at, 30)
    if not header.startswith(LOCAL):
        return False
    data = probe.at(
        at + 30 + number(header, 26, 2) + number(header, 28, 2), min(member.stored, _MOST_MANIFEST)
    )
    if member.method:
        try:
            data = zlib.decompressobj(-15).decompress(data, _MOST_MANIFEST)
        except zlib.error:
            return False
    return b"encryption-data" in data
