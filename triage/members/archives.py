"""Archives, packed files, and the documents that are zip inside: by libarchive.

A warning means damaged: to libarchive a wrong checksum is one, beside members that look good. Half
a 7z gives nothing, half a zip what lies before the cut. A zip is read by its directory, and then
what its directory does not tell of. libarchive opens no encrypted 7z or RAR, and may stop at what
is encrypted in one: `unlocking` makes of those what it can read.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import NamedTuple
from zlib import MAX_WBITS, crc32, decompressobj
from zlib import error as ZlibError  # noqa: N812 - it is a class

from triage.containers.recognising import recognise
from triage.evidence import HEAD_BYTES
from triage.media.window import InMemory
from triage.members import libarchive
from triage.members.libarchive import ArchiveEntry, ArchiveFaultError, ArchiveReading
from triage.members.lone_gzip import pieces, unpacked_alone
from triage.members.member import (
    ContainerBytes,
    DamagedError,
    LockedError,
    Member,
    Opening,
)
from triage.members.patchwork import BLOCK, AesKey, decrypted
from triage.members.rar_streams import streams_in
from triage.members.unlocked import Fits, UnlockedArchive
from triage.members.unlocking import unlocked
from triage.members.zip_gaps import Slice, begins_plausibly, gaps

DOES_NOT_HOLD = "it does not hold together"
NOT_AS_TOLD = "not all of it came out as it was put in"
_MOST_TRIED = 16 * 1024 * 1024
"""Bytes that come out before a password is taken for the right one."""
_DISC_SECTOR = 2048
_MOST_FAULTS = 1000
"""Entries that could not be read, one behind the other; then it is given up."""


class _Ways(NamedTuple):
    """How libarchive is to read a kind."""

    formats: tuple[str, ...]
    filters: tuple[str, ...] = ()


_RAW, _TAR = ("raw",), ("tar",)
_GZIP = ("gzip",)
_WITH_HEADER = 16 + MAX_WBITS
"""zlib's word for gzip alone, and no bare stream."""
_TELLING = 4096
"""Bytes by which a tar is told, and more."""
_ZIP = _Ways(("zip_seekable", "zip_streamable"))
_HIDDEN = _Ways(("zip_streamable",))
_ZIPS = (
    "zip", "appended zip", "jar", "apk", "ipa", "msix", "crx", "docx", "xlsx", "pptx", "vsdx",
    "ooxml", "xps", "odt", "ods", "odp", "odg", "epub", "cbz", "iwork", "kmz",
)  # fmt: skip
_PACKED = {
    "gzip": "gzip", "bzip2": "bzip2", "xz": "xz", "lzma": "lzma", "lzip": "lzip", "zstd": "zstd",
    "lz4": "lz4", "compress": "compress", "uuencoded": "uu",
}  # fmt: skip
_RPM = ("rpm", "gzip", "bzip2", "xz", "lzma", "zstd")
_WAYS = {
    **dict.fromkeys(_ZIPS, _ZIP),
    **{kind: _Ways(_RAW, (name,)) for kind, name in _PACKED.items()},
    "self-extracting": _Ways(("zip_seekable", "7zip", "rar", "rar5")),
    "7z": _Ways(("7zip",)),
    "rar": _Ways(("rar", "rar5")),
    "tar": _Ways(("tar",)),
    "cab": _Ways(("cab",)),
    "cpio": _Ways(("cpio",)),
    "ar": _Ways(("ar",)),
    "deb": _Ways(("ar",)),
    "rpm": _Ways(("cpio",), _RPM),
    "xar": _Ways(("xar",)),
    "lha": _Ways(("lha",)),
    "iso": _Ways(("iso9660",)),
}

KINDS = frozenset(_WAYS)
TELLS_LOCKED = False


def make_ready() -> bool:
    """libarchive; and the cipher of what it does not decrypt, which is loaded by being used."""
    decrypted(bytes(BLOCK), AesKey(bytes(BLOCK), bytes(BLOCK)))
    return libarchive.make_ready()


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """All members; see `member.Opener`."""
    ways = _WAYS[opening.kind]
    if (plain := unlocked(content, opening)) is not None:
        yield from _of_unlocked(plain, ways, opening)
        return
    if opening.passwords and _takes_passwords(ways):
        opening = _best_first(content, opening)
    if ways.filters == _GZIP and (whole := unpacked_alone(content)):
        if _as_tar(ways, whole[:_TELLING]) is ways:
            yield Member(name="", chunks=lambda: iter(pieces(whole)))
            return
        ways = ways._replace(formats=_TAR)
    elif ways.formats == _RAW:
        ways = _of_packed(content, ways)
    if opening.kind == "iso":
        yield from _of_disc(content, ways, opening)
        return
    if opening.kind == "rar":
        for _ in range(streams_in(content, opening.goes_on)):
            opening.left_closed()
    yield from _pass(UnlockedArchive(content=content), ways, opening)
    if ways is not _ZIP:
        return
    yield from _hidden(content, opening)


def _hidden(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """Members of a zip that its directory does not tell of. Raises DamagedError."""
    lost = False
    for each in gaps(content, opening.goes_on):
        came, stretch = False, Slice(content, each)
        # Such a stretch has no directory of its own, and ends as if it were cut off.
        with suppress(DamagedError):
            for member in _pass(UnlockedArchive(content=stretch), _HIDDEN, opening):
                came = True
                yield member
        lost |= not came and begins_plausibly(stretch)
    if lost:
        raise DamagedError(DOES_NOT_HOLD)


def _of_unlocked(plain: UnlockedArchive, ways: _Ways, opening: Opening) -> Iterator[Member]:
    """As an archive that was never encrypted, and then what still is."""
    opening = replace(opening, locked=False, passwords=())
    try:
        yield from _pass(plain, ways, opening)
    except DamagedError:
        plain.broken = True
    yield from plain.left
    if plain.broken:
        raise DamagedError(DOES_NOT_HOLD)


def _takes_passwords(ways: _Ways) -> bool:
    """Of zips alone libarchive does."""
    return "zip_seekable" in ways.formats


def _of_disc(content: ContainerBytes, ways: _Ways, opening: Opening) -> Iterator[Member]:
    """A disc whose files UDF alone lists is an empty one to libarchive, or none: that is said."""
    came = False
    try:
        for member in _pass(UnlockedArchive(content=content), ways, opening):
            came = True
            yield member
    except DamagedError:
        if came or not _has_udf(content):
            raise
    if not came and _has_udf(content):
        opening.left_closed()


def _has_udf(content: ContainerBytes) -> bool:
    """ECMA-167 2/9.1: its mark stands among the descriptors, which begin at sector 16."""
    marks = (content.read_at(sector * _DISC_SECTOR + 1, 5) for sector in range(16, 32))
    return any(mark in (b"NSR02", b"NSR03") for mark in marks)


def _of_packed(content: ContainerBytes, ways: _Ways) -> _Ways:
    """As a tar, if one was packed. libarchive would take any zeros for the end of one."""
    head = _head_of_gzip(content) if ways.filters == _GZIP else b""
    if head:
        return _as_tar(ways, head)
    try:
        with ArchiveReading(content, ways.formats, ways.filters) as reading:
            if reading.next() is None:
                return ways
            if not reading.is_unpacked:
                raise DamagedError(DOES_NOT_HOLD)
            head = next(reading.chunks(), b"")[:HEAD_BYTES]
    except ArchiveFaultError:
        return ways
    return _as_tar(ways, head)


def _head_of_gzip(content: ContainerBytes) -> bytes:
    """As much as is needed of what was packed, in a fifth of the time that libarchive takes to be
    made ready for it; empty where zlib does not give that, for whatever reason: it is damaged, or
    several were put together."""
    packed = content.read_at(0, HEAD_BYTES)
    unpacking = decompressobj(_WITH_HEADER)
    try:
        head = unpacking.decompress(packed, _TELLING)
    except ZlibError:
        return b""
    whole = unpacking.eof and len(packed) == content.size and not unpacking.unused_data
    return head if whole or len(head) == _TELLING else b""


def _as_tar(ways: _Ways, head: bytes) -> _Ways:
    held = recognise(head, len(head) + 1, "", InMemory(head).read_at)
    return ways._replace(formats=_TAR) if held and held.kind == "tar" else ways


def _best_first(content: ContainerBytes, opening: Opening) -> Opening:
    """With the password that opens its first encrypted member before the others; that is told.

    libarchive tries all of them on each member, and does not say which it was.
    """
    if not opening.locked:
        return replace(opening, passwords=())
    for number, word in opening.words():
        if _opens(content, word, opening):
            opening.opens(number)
            return replace(opening, passwords=(word, *opening.passwords))
    return replace(opening, passwords=())


def _opens(content: ContainerBytes, word: str, opening: Opening) -> bool:
    """Whether its first encrypted member comes out as it was put in, or as far as is tried."""
    with suppress(ArchiveFaultError), ArchiveReading(content, *_ZIP, (word,)) as reading:
        while (entry := reading.next()) is not None and opening.goes_on():
            if entry.locked and entry.is_file:
                came = 0
                for chunk in reading.chunks():
                    came += len(chunk)
                    if came > _MOST_TRIED:
                        break
                    if not opening.still_tries():
                        return False
                return True
    return False


def _pass(plain: UnlockedArchive, ways: _Ways, opening: Opening) -> Iterator[Member]:
    try:
        reading = ArchiveReading(plain.content, ways.formats, ways.filters, opening.passwords)
    except ArchiveFaultError as fault:
        raise _as_ours(fault) from fault
    with reading:
        yield from _members(reading, ways, opening, plain)


def _members(
    reading: ArchiveReading, ways: _Ways, opening: Opening, plain: UnlockedArchive
) -> Iterator[Member]:
    faults, places = 0, count()
    while faults < _MOST_FAULTS:
        place = next(places)
        try:
            header = reading.next()
        except ArchiveFaultError as fault:
            if fault.fatal:
                raise _as_ours(fault) from fault
            faults += 1
            yield Member(name="", chunks=_Damaged)
            continue
        if header is None:
            return
        faults = 0
        if not header.is_file:
            continue
        took: list[bool] = []
        tried = bool(opening.passwords) and _takes_passwords(ways)
        yield Member(
            name="" if "raw" in ways.formats and header.name == "data" else header.name,
            size=header.size,
            locked=header.locked and not tried,
            chunks=_chunks_of(
                reading,
                header,
                took,
                plain.sums.get(place, _any_sum),
                locked=header.locked or opening.locked,
            ),
        )
        if not took and ways is not _ZIP and not header.locked:
            yield from _passed_by(reading, opening)
    raise DamagedError(DOES_NOT_HOLD)


def _passed_by(reading: ArchiveReading, opening: Opening) -> Iterator[Member]:
    """Step over what nobody wanted: in small steps, as it may be unpacked for that."""
    try:
        for _ in reading.chunks():
            if not opening.goes_on():
                return
    except ArchiveFaultError:
        yield Member(name="", chunks=_Damaged)


def _any_sum(_: int) -> bool:
    return True


def _chunks_of(
    reading: ArchiveReading, header: ArchiveEntry, took: list[bool], fits: Fits, *, locked: bool
) -> Callable[[], Iterator[bytes]]:
    def chunks() -> Iterator[bytes]:
        took.append(True)
        came = crc = 0
        try:
            for chunk in reading.chunks():
                came += len(chunk)
                crc = crc32(chunk, crc) if fits is not _any_sum else 0
                yield chunk
        except ArchiveFaultError as fault:
            raise _as_ours(fault, locked=locked) from fault
        if header.doubtful or came != header.size >= 0 or not fits(crc):
            raise DamagedError(NOT_AS_TOLD)

    return chunks


class _Damaged(Iterator[bytes]):
    """What could not even be named has no first byte."""

    def __next__(self) -> bytes:
        raise DamagedError(DOES_NOT_HOLD)


def _as_ours(fault: ArchiveFaultError, *, locked: bool = False) -> DamagedError | LockedError:
    """What it said may quote the evidence: only what it means is kept."""
    said = fault.said.lower()
    if locked or "crypt" in said or "passphrase" in said:
        return LockedError()
    return DamagedError(DOES_NOT_HOLD)
