"""From The Sleuth Kit's names, metadata and attributes to FileEntry values.

The numbers are those of tsk_fs.h (The Sleuth Kit 4.15), as plain integers: pytsk3 gives plain
integers, and this is the survey's hottest code. Nothing that comes from the file system is
trusted: sizes, run lists and names are checked or clipped here.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from triage.evidence import (
    LARGEST,
    MOST_RUNS,
    EntryKind,
    FileEntry,
    Hindrance,
    Run,
    Storage,
    Timestamps,
    Volume,
)
from triage.sources.decmpfs import unpacked_size
from triage.sources.fscrypt import EncryptedInodes
from triage.sources.mft import MANY, Mft, is_crowded
from triage.sources.reader import ContentError
from triage.sources.reparse import REPARSE, REPARSE_NAME, hindrance_of, point_of
from triage.sources.tsk import LABEL_ENTRY
from triage.sources.wof import packing_in

NAME_ALLOCATED = 1
META_ALLOCATED, META_PACKED = 1, 16
META_REGULAR, META_DIRECTORY, META_LINK = 1, 2, 6
VIRTUAL = (10, 11)
"""What The Sleuth Kit makes up: $MBR, $FAT1, $OrphanFiles."""
NON_RESIDENT, ENCRYPTED, COMPRESSED = 2, 16, 32
AS_STORED = NON_RESIDENT | ENCRYPTED | COMPRESSED
RUN_FILLER, RUN_SPARSE = 1, 2
DEFAULT, NTFS_DATA, HFS_DATA, HFS_RESOURCE = 1, 128, 4352, 4353
CONTENT = frozenset({DEFAULT, NTFS_DATA, HFS_DATA, HFS_RESOURCE})
NTFS_CONTENT = frozenset({NTFS_DATA, REPARSE})
"""A reparse point is no stream; it says where the content is."""
FURTHER = frozenset({NTFS_DATA, HFS_RESOURCE})
"""In a directory the others hold its names, in a link its target: that is not content."""
INODE = 256
HFS_RESERVED = 16
NTFS_ROOT, NTFS_SPARE, NTFS_RESERVED = 5, 12, 24
"""From NTFS_SPARE on Windows keeps records empty: whoever fills one hides something."""
NTFS_OWN_STREAMS = frozenset({
    b"", b"$Bad", b"$SDS", b"$Info", b"$J", b"$Max", b"$T", b"$Config", b"$Corrupt", b"$Verify",
    b"$TXF_DATA", b"$TXF", b"$Repair", b"$Q", b"$O", b"$R",
})  # fmt: skip
NTFS_EXTEND = (
    "$Extend/$ObjId", "$Extend/$Quota", "$Extend/$Reparse", "$Extend/$UsnJrnl",
    "$Extend/$RmMetadata/$Repair", "$Extend/$RmMetadata/$TxfLog/",
)  # fmt: skip
"""What Windows keeps for itself there. Not `$Deleted`: what was deleted while it was open."""
EXFAT_OWN = (b"$ALLOC_BITMAP", b"$UPCASE_TABLE", b"$VOLUME_GUID", b"$TEX_FAT", b"$ACT")
WOF = b"WofCompressedData"
"""The stream in which Windows keeps a file's packed content."""

FILE, DIRECTORY, LINK, OTHER = (
    EntryKind.FILE,
    EntryKind.DIRECTORY,
    EntryKind.LINK,
    EntryKind.OTHER,
)
IN_RUNS, IN_FILE_SYSTEM, NOWHERE = Storage.RUNS, Storage.FILE_SYSTEM, Storage.NONE
NO_HINDRANCE = Hindrance.NONE
"""An enum's member costs 0.1 µs to look up, and here every one of them counts."""

_KINDS = {
    **dict.fromkeys(range(1, 12), OTHER),
    META_REGULAR: FILE,
    META_DIRECTORY: DIRECTORY,
    META_LINK: LINK,
}
_NAME_KINDS = {3: DIRECTORY, 5: FILE, 6: LINK, 0: FILE}


_NAMES = {REPARSE: REPARSE_NAME}
"""Of what has none, and is not the stream without a name."""

Named = tuple[str, bytes]
"""A path as shown, and as raw bytes; the latter are empty as long as all of it is UTF-8."""
Attribute = tuple[int, int, bytes, int, int, Any]
"""Type, id, name, size, flags, and the pytsk3.Attribute, which iterates over its runs."""
Stored = tuple[Storage, int, tuple[Run, ...], int, int, int]
"""How a stream lies: storage, size, runs, attribute type and id, bytes occupied in whole blocks.

Plain tuples, because 50,000 of each are made in half a second.
"""
NOTHING: Stored = (NOWHERE, 0, (), 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """A directory, as the beginning of the paths of what it names: with a `/` behind."""

    shown: str = ""
    raw: bytes = b""
    """As bytes; empty as long as all of it is UTF-8."""

    def path_of(self, name: bytes) -> Named:
        """The path of `name` in this directory."""
        try:
            shown = self.shown + name.decode()
        except UnicodeDecodeError:
            shown = self.shown + name.decode(errors="backslashreplace")
            return shown, (self.raw or self.shown.encode()) + name
        return shown, self.raw and self.raw + name

    @classmethod
    def at(cls, path: Named) -> "Place":
        """The directory of that path."""
        shown, raw = path
        return cls(shown + "/", raw and raw + b"/")


class Maker:
    """Makes the entries of one volume."""

    def __init__(self, volume: Volume, info: Any) -> None:
        """`info`: its pytsk3.TSK_FS_INFO."""
        file_system = volume.file_system
        self.volume_id = volume.id
        self.end = volume.size
        self.block = int(info.block_size)
        self.ntfs = file_system == "ntfs"
        self.hfs = file_system == "hfs+"
        self.exfat = file_system == "exfat"
        self.fat = self.exfat or file_system.startswith("fat")
        self.holes = RUN_SPARSE | RUN_FILLER if file_system.startswith("ext") else RUN_SPARSE
        self.orphanless = file_system == "hfs+"
        self.orphans_are_outside = self.fat or file_system in ("ext3", "ext4")
        """An orphan of FAT is found by reading unallocated space, which no scan looks at; ext3 and
        ext4 leave none that lead to content, for they clear what a deleted file's inode says."""
        self.per_inode = INODE if file_system.startswith(("ext", "ufs")) else 0
        """Bytes read for each inode when orphans are looked for."""
        self.whole_blocks = not info.block_pre_size and not info.block_post_size
        self.occupied = 0
        """Bytes in whole blocks that the streams of the last file take outside the metadata."""
        self.mft: Mft | None = None
        """Where streams are read that The Sleuth Kit cannot tell apart."""
        self.not_as_stored: Container[int] = ()
        """MFT entries with a stream whose valid data ends before its size: runs would lie."""
        self.packing: Callable[[int], bytes | None] = lambda _address: None
        """How macOS packed a file of HFS+. Raises ContentError."""
        self.fscrypt: EncryptedInodes | None = None
        """Where some files are encrypted by Linux."""
        self._content = NTFS_CONTENT if self.ntfs else CONTENT

    def of_name_only(self, first: int, path: Named, name: Any, *, orphan: bool) -> FileEntry:
        """A name whose metadata is gone or belongs to another file now."""
        return FileEntry(
            id=first,
            volume_id=self.volume_id,
            path=path[0],
            raw_path=path[1],
            kind=_NAME_KINDS.get(name.type, OTHER),
            allocated_name=name.flags == NAME_ALLOCATED,
            allocated_meta=False,
            orphan=orphan,
            meta_address=name.meta_addr,
            meta_sequence=name.meta_seq,
        )

    def of_claim(self, first: int, path: Named, size: int) -> FileEntry:
        """A name in use whose metadata claims what The Sleuth Kit does not believe."""
        return FileEntry(
            id=first,
            volume_id=self.volume_id,
            path=path[0],
            raw_path=path[1],
            size=min(size, LARGEST),
            allocated_meta=False,
        )

    def made_up(self, name: bytes, meta: Any) -> bool:
        """Whether The Sleuth Kit made up a name of an exFAT directory ($FAT1, the label …)."""
        virtual = meta is not None and meta.type in VIRTUAL
        return virtual or name.endswith(LABEL_ENTRY) or name.startswith(EXFAT_OWN)

    def of_reallocated(
        self, first: int, path: Named, name: Any, meta: Any, *, orphan: bool
    ) -> FileEntry:
        """An unallocated name whose metadata is in use again: the content is another file's."""
        return FileEntry(
            id=first,
            volume_id=self.volume_id,
            path=path[0],
            raw_path=path[1],
            kind=_NAME_KINDS.get(name.type, OTHER),
            allocated_name=False,
            allocated_meta=True,
            orphan=orphan,
            meta_address=meta.addr,
            meta_sequence=name.meta_seq,
        )

    def of_file(
        self, first: int, path: Named, name: Any, file: Any, meta: Any, *, orphan: bool
    ) -> list[FileEntry]:
        """The entry itself, then one for each further stream, with ids from `first`."""
        address, flags = meta.addr, meta.flags
        shown, raw = path
        kind = _KINDS.get(meta.type) or _NAME_KINDS.get(name.type, OTHER)
        found = streams = attributes(file, self._content if kind is FILE else FURTHER)
        if self.ntfs and found and (len(found) > 1 or meta.nlink > MANY or found[0][0] == REPARSE):
            streams = self._streams(found, meta)
        main = default_stream(streams) if kind is FILE else None
        own = self._is_own(shown, address, name, main)
        if own:
            kind, stored = OTHER, NOTHING
        elif main is None:
            stored = self._without_stream(kind, meta, address)
        else:
            stored = self._stored(main, address)
        storage, size, runs, type_, id_, occupied = stored
        self.occupied = occupied
        entry = FileEntry(
            id=first,
            volume_id=self.volume_id,
            path=shown,
            kind=kind,
            size=size,
            meta_address=address,
            meta_sequence=meta.seq,
            attribute_type=type_,
            attribute_id=id_,
            storage=storage,
            runs=runs,
            times=timestamps(meta),
        )
        if self.hfs and kind is FILE and flags & META_PACKED and not own:
            entry = self._as_unpacked(entry)
        elif main is not None and self.ntfs and _is_packed(file, found, streams):
            entry = replace(entry, storage=IN_FILE_SYSTEM, runs=())
        elif main is not None and (
            main[4] & ENCRYPTED or len(found) > 1 or self.fscrypt is not None
        ):
            entry = replace(entry, hindrance=self._hindrance(file, found, main, address))
        allocated_name = not orphan and name.flags == NAME_ALLOCATED
        if raw or not (allocated_name and flags & META_ALLOCATED):
            entry = replace(
                entry,
                raw_path=raw,
                allocated_name=allocated_name,
                allocated_meta=flags & META_ALLOCATED != 0,
                orphan=orphan,
            )
        if not streams or (main is not None and len(streams) == 1):
            return [entry]
        return self._with_further(entry, streams, main, own=own)

    def _as_unpacked(self, entry: FileEntry) -> FileEntry:
        """A file that macOS packed, by what its attribute says; reading it will say what is wrong
        with that. One that has none lies there as it is."""
        size: int | None = None
        try:
            packing = self.packing(entry.meta_address)
        except ContentError:
            packing = b""
        if packing is None:
            return entry
        size = unpacked_size(packing)
        size = max(1, entry.size) if size is None else min(size, LARGEST)
        self.occupied = 0
        return replace(
            entry,
            size=size,
            attribute_type=HFS_DATA,
            attribute_id=0,
            storage=IN_FILE_SYSTEM if size else NOWHERE,
            runs=(),
        )

    def _streams(self, found: list[Attribute], meta: Any) -> list[Attribute]:
        """Those of what was found that are streams; from the MFT itself where there are too many
        for The Sleuth Kit."""
        streams = [stream for stream in found if stream[0] != REPARSE]
        if self.mft is None:
            return streams
        if not is_crowded([(stream[0], stream[1]) for stream in streams], meta.nlink):
            return streams
        told_apart = self.mft.streams(meta.addr)
        return [(NTFS_DATA, s.id, s.name, s.size, s.flags, s) for s in told_apart]

    def _hindrance(
        self, file: Any, found: list[Attribute], main: Attribute, address: int
    ) -> Hindrance:
        """Why the default stream is not the content, if it is not."""
        if main[4] & ENCRYPTED:
            return Hindrance.EFS
        if self.fscrypt is not None and self.fscrypt.holds(address):
            return Hindrance.FSCRYPT
        if len(found) == 1:
            return NO_HINDRANCE
        point = next((each for each in found if each[0] == REPARSE), None)
        if point is None:
            return NO_HINDRANCE
        return hindrance_of(file, point[1], main[4], main[5])

    def _with_further(
        self, entry: FileEntry, streams: list[Attribute], main: Attribute | None, *, own: bool
    ) -> list[FileEntry]:
        """The entry and one for each further stream; adds what they take to `occupied`."""
        entries = [entry]
        for stream in streams:
            name = stream[2]
            if stream is main or (own and name in NTFS_OWN_STREAMS):
                continue
            storage, size, runs, type_, id_, occupied = self._stored(stream, entry.meta_address)
            self.occupied += occupied
            further = replace(
                entry,
                id=entry.id + len(entries),
                stream=name.decode(errors="backslashreplace") or f"unnamed {id_}",
                kind=FILE,
                size=size,
                attribute_type=type_,
                attribute_id=id_,
                storage=storage,
                runs=runs,
                hindrance=Hindrance.EFS if stream[4] & ENCRYPTED else NO_HINDRANCE,
            )
            entries.append(further)
        return entries

    def _is_own(self, path: str, address: int, name: Any, main: Attribute | None) -> bool:
        """Whether the file system keeps itself in this entry ($MFT, $ALLOC_BITMAP …)."""
        if self.ntfs:
            if address < NTFS_RESERVED:
                spare = address >= NTFS_SPARE and main is not None and main[3] != 0
                return address != NTFS_ROOT and not spare
            return path.startswith(NTFS_EXTEND)
        if self.hfs:
            return address < HFS_RESERVED and path.startswith("$")
        if self.fat and "/" not in path:
            raw = name.name if name is not None else b""
            return raw.endswith(LABEL_ENTRY) or raw.startswith(EXFAT_OWN)
        return False

    def _without_stream(self, kind: EntryKind, meta: Any, address: int) -> Stored:
        """A file of which The Sleuth Kit gives no content: reading it will say why."""
        if kind is not FILE:
            return NOTHING
        if self.mft is not None:
            for stream in self.mft.streams(address):
                if not stream.name and stream.size:
                    return IN_FILE_SYSTEM, min(stream.size, LARGEST), (), NTFS_DATA, stream.id, 0
        if meta.size == 0:
            return NOTHING
        return IN_FILE_SYSTEM, _claimed(meta.size), (), 0, 0, 0

    def _stored(self, stream: Attribute, address: int) -> Stored:
        """How a stream lies."""
        type_, id_, _, size, flags, tsk = stream
        if size == 0:
            return NOWHERE, 0, (), type_, id_, 0
        if size < 0:
            return IN_FILE_SYSTEM, LARGEST, (), type_, id_, 0
        if flags & AS_STORED == NON_RESIDENT and self.whole_blocks:
            runs, occupied = self._runs(tsk, size)
            if runs and address not in self.not_as_stored:
                return IN_RUNS, size, runs, type_, id_, occupied
        occupied = 0
        if flags & NON_RESIDENT:
            occupied = sum(run.len for run in tsk if run.flags == 0) * self.block
        return IN_FILE_SYSTEM, size, (), type_, id_, occupied

    def runs_of(self, stream: Attribute) -> tuple[Run, ...]:
        """The runs of a stream, whatever its file; none if they are not exact."""
        return self._runs(stream[5], stream[3])[0] if stream[3] > 0 else ()

    def _runs(self, attribute: Any, size: int) -> tuple[tuple[Run, ...], int]:
        """The runs in the volume's bytes, clipped to `size`; none at all where one is not exact.

        And how many bytes in whole blocks they occupy.
        """
        block, end, holes = self.block, self.end, self.holes
        listed = list(attribute)
        if len(listed) == 1:
            run = listed[0]
            length = run.len * block
            offset = run.addr * block
            if run.flags or run.offset or length < size or not 0 <= offset <= end - size:
                return (), 0
            return (Run(offset, size),), length
        runs: list[Run] = []
        position = occupied = 0
        for run in listed:
            if position >= size:
                break
            length = run.len * block
            if length <= 0 or run.offset * block != position:
                return (), 0
            flags = run.flags
            if flags == 0:
                occupied += length
                offset = run.addr * block
            elif flags & holes and not flags & ~holes:
                offset = -1
            else:
                return (), 0
            length = min(length, size - position)
            if flags == 0 and not 0 <= offset <= end - length:
                return (), 0
            position += length
            runs.append(Run(offset, length))
            if len(runs) > MOST_RUNS:
                return (), 0
        return (tuple(runs), occupied) if position == size else ((), 0)


def _claimed(size: int) -> int:
    """A size as it was meant, at most LARGEST."""
    return size if size >= 0 else LARGEST


def attributes(file: Any, wanted: frozenset[int]) -> list[Attribute]:
    """The file's data streams of the `wanted` types; what The Sleuth Kit can load of them."""
    found: list[Attribute] = []
    try:
        for attribute in file:
            info = attribute.info
            type_ = info.type
            if type_ in wanted:
                name = b"" if type_ == DEFAULT else info.name or _NAMES.get(type_, b"")
                found.append((type_, info.id, name, info.size, info.flags, attribute))
    except OSError:
        return found
    return found


def _is_packed(file: Any, found: list[Attribute], streams: list[Attribute]) -> bool:
    """Whether the content is in Windows' stream: a reparse point says so. The stream that has no
    name is only holes then."""
    if len(streams) < 2 or not any(stream[2] == WOF for stream in streams):
        return False
    point = next((each for each in found if each[0] == REPARSE), None)
    return point is not None and packing_in(point_of(file, point[1])) is not None


def default_stream(streams: list[Attribute]) -> Attribute | None:
    """The one without a name; on HFS+ the data fork."""
    for stream in streams:
        if not stream[2] or stream[0] == HFS_DATA:
            return stream
    return None


def timestamps(meta: Any) -> Timestamps:
    """Seconds since 1970 with the nanoseconds as a fraction; 0 is `not recorded`."""
    created, modified, changed, accessed = meta.crtime, meta.mtime, meta.ctime, meta.atime
    return Timestamps(
        created + meta.crtime_nano * 1e-9 if created else None,
        modified + meta.mtime_nano * 1e-9 if modified else None,
        changed + meta.ctime_nano * 1e-9 if changed else None,
        accessed + meta.atime_nano * 1e-9 if accessed else None,
    )
