"""What evidence is made of: devices, volumes, file entries, streams and runs. Values only.

The words are The Sleuth Kit's (Carrier, File System Forensic Analysis): allocated and unallocated
are said of names and of metadata; "deleted" is an inference that only reports may draw.
All are msgspec Structs because they cross the wall between a sandboxed worker and the
coordinator, and are checked there like any foreign input.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

HEAD_BYTES = 65536
"""How much of the beginning of the content every detector may look at."""

LARGEST = 2**63 - 1
"""Bytes; no size, place or count is larger."""
MOST_RUNS = 1_000_000
"""Of a stream."""
MOST_NAMED = 200
"""Characters by which an array is told from others."""

Place = Annotated[int, msgspec.Meta(ge=-1, le=LARGEST)]
"""A place or a length, bytes; -1: that cannot be said."""
Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
Address = Annotated[int, msgspec.Meta(ge=0)]
"""A file system's own number: up to 64 bits, all of which some use."""
Moment = Annotated[float, msgspec.Meta(ge=-1e20, le=1e20)]
"""Seconds since 1970; more than 64 bits of seconds say, and never NaN."""


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Frozen, and refuses fields that it does not know. (`kw_only` has to be said again.)"""


class SourceKind(StrEnum):
    """What stands behind a source, said plainly in every report."""

    DEVICE = "device"
    IMAGE = "image"
    DIRECTORY = "directory"


class Device(Value, frozen=True, kw_only=True):
    """A physical storage device, an image of one, or a folder given in its place."""

    id: str
    """Short and unique within a scan: `d0`, `d1` …"""
    kind: SourceKind
    path: str
    """Where it is opened: /dev/sda, an image file (the first of a split one), a folder."""
    size: int
    """Bytes; 0 for a directory."""
    sector_size: int = 512
    """Logical sector, bytes."""
    physical_sector_size: int = 512
    model: str = ""
    serial: str = ""
    wwn: str = ""
    transport: str = ""
    """sata, usb, nvme, mmc … as the kernel says; empty if it does not."""
    rotational: bool | None = None
    removable: bool | None = None
    read_only: bool | None = None
    """The kernel's read-only flag; None where there is no block device."""
    is_stick: bool = False
    is_evidence_stick: bool = False
    parts: tuple[str, ...] = ()
    """The files of a split image, in order; empty otherwise."""


class VolumeState(StrEnum):
    """Whether the volume's files can be listed, and if not, in one word, why."""

    READABLE = "readable"
    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"
    """Recognised by its signature, but this version cannot read it."""
    EMPTY = "empty"
    """Only zeros, to the last byte: all of it was read."""
    UNRECOGNISED = "unrecognised"
    """No signature is known: noise, wiped, or a container that hides itself."""
    DAMAGED = "damaged"
    """A file system's signature is there, but it does not open."""
    UNCLAIMED = "unclaimed"
    """Sectors that no volume claims."""
    CONTAINER = "container"
    """Holds other volumes, which are listed by themselves."""
    NO_FILES = "no_files"
    """Holds no files by its nature: swap, an external journal, boot code."""


class ProtectorKind(StrEnum):
    """What the key of an encrypted volume is protected by, as it says without a key."""

    CLEAR_KEY = "clear_key"
    """By nothing: the key lies on the volume."""
    TPM = "tpm"
    """By this computer's own chip, with or without a PIN or a startup key beside it."""
    STARTUP_KEY = "startup_key"
    """A file on a USB stick."""
    RECOVERY_PASSWORD = "recovery_password"  # noqa: S105
    """48 digits."""
    PASSWORD = "password"  # noqa: S105
    PASSPHRASE = "passphrase"  # noqa: S105
    """LUKS: typed, or a file with it."""
    PASSWORD_AND_PIM = "password_and_pim"  # noqa: S105
    """VeraCrypt, TrueCrypt: typed, with a number or without, or a key file. What it opens looks
    random, and may be nothing at all."""
    OTHER = "other"


class Protector(Value, frozen=True, kw_only=True):
    """One of those by which a volume opens."""

    kind: ProtectorKind
    id: str = ""
    """BitLocker's GUID, as Windows shows it beside the recovery password; LUKS's keyslot;
    VeraCrypt's or TrueCrypt's, and whether that of a hidden volume."""


WHOLE_DEVICE = "whole device"
"""How a volume is described that is all of a device without partitions."""


class Volume(Value, frozen=True, kw_only=True):
    """A run of sectors that may hold a file system: a slot of a volume system, or all of a device.

    Sectors that no volume claims are listed too (state `unclaimed`), so that the lengths of a
    device's volumes add up to its size: of those that lie inside no other. What a layer gives
    (decryption, an image, an array) is filled by the volumes inside it in the same way.
    """

    id: str
    """`d0v1` … unique within a scan; `d0v1.1` inside `d0v1`."""
    device_id: str
    inside: str = ""
    """Id of the volume that it lies in, which comes before it; empty: it lies on the device."""
    layer: str = ""
    """What makes the bytes that it is a stretch of from those of the volume that it lies in: the
    layer's name, and behind a blank which of the layer's several runs of bytes it is."""
    offset: int
    """Bytes from the start of the device; inside another volume, of what the layer gives."""
    size: int
    """Bytes."""
    description: str = ""
    """The volume system's own words for the slot: its type or name."""
    file_system: str = ""
    """ntfs, fat32, exfat, ext4, apfs, bitlocker …; empty if none is recognised."""
    label: str = ""
    uuid: str = ""
    state: VolumeState
    reason: str = ""
    """Why it is not readable, in plain words."""
    block_size: Count = 0
    """The file system's block (cluster), bytes."""
    on_device: int = -1
    """Of a volume inside another: where it begins on the device, bytes, if its bytes lie there in
    one piece and in their places; -1: they do not, or it cannot be said."""
    part_of: Annotated[str, msgspec.Meta(max_length=MOST_NAMED)] = ""
    """Of a member of an array over several volumes: the kind of array and its own number, the same
    in each of its members; empty: it is no member."""
    protectors: tuple[Protector, ...] = ()
    """Of an encrypted volume, opened or not: what protects its key, where that can be told."""
    unread: tuple[str, ...] = ()
    """Of a readable volume, or of one that holds others: what it holds besides that is not read, in
    plain words. Of sectors that no volume claims: that they hold something. Of one without a byte:
    where it would lie."""

    @property
    def told(self) -> str:
        """All that is to be said of it besides its state."""
        return "; ".join(filter(None, (self.reason, *self.unread)))

    @property
    def begins_at(self) -> int:
        """Where it begins on the device, bytes; -1 if its bytes do not lie there in one piece."""
        return self.on_device if self.inside else self.offset


def chain_of(volume: Volume, listed: Mapping[str, Volume]) -> tuple[Volume, ...]:
    """Those of the `listed` that it lies inside of, the outermost first. Each comes before what
    lies inside it, so the chain ends."""
    chain: list[Volume] = []
    while volume.inside:
        volume = listed[volume.inside]
        chain.insert(0, volume)
    return tuple(chain)


class EntryKind(StrEnum):
    """What a file entry is."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    OTHER = "other"
    """A device node, a socket, a pipe, the file system's own."""


class Storage(StrEnum):
    """How a stream's bytes lie on the volume, which decides who reads them."""

    RUNS = "runs"
    """In whole blocks, exactly as listed in `runs`: read from the volume's bytes."""
    FILE_SYSTEM = "file_system"
    """Resident, compressed, encrypted, sparse in odd ways: read through what reads the file
    system."""
    DIRECTORY = "directory"
    """A file in a folder that was given as the source: read through the operating system."""
    NONE = "none"
    """There are no bytes: a directory, a link, or metadata that is gone."""


class Hindrance(StrEnum):
    """Why the bytes of an entry's stream are not the content that its owner sees."""

    NONE = ""
    EFS = "efs"
    """Windows encrypted it."""
    FSCRYPT = "fscrypt"
    """Linux encrypted it, and its name too."""
    CLOUD = "cloud"
    """A placeholder: the content lies at a provider, and none of it here."""
    DEDUPLICATED = "deduplicated"
    """Windows moved the content into a store that is shared by files."""
    ARCHIVED = "archived"
    """Windows moved the content to other storage, or into an archive."""
    ELSEWHERE = "elsewhere"
    """None of its content is stored, and a program of another kind was to give it."""
    PARTLY = "partly"
    """As those above, but some of its content is here: that much can be looked at."""


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Consecutive bytes of a stream. `offset` is in its volume's bytes; -1: a hole, all zeros."""

    offset: Place
    length: Count


class Timestamps(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Seconds since 1970 UTC with nanoseconds as a fraction; None where not recorded.

    FAT records local time without a zone: its values are carried as if they were UTC.
    """

    created: Moment | None = None
    modified: Moment | None = None
    changed: Moment | None = None
    accessed: Moment | None = None


class Relation(StrEnum):
    """How an entry lies in another."""

    PART = "part"
    """The other is looked at as content, and this lies in it: a thumbnail, a later frame."""
    MEMBER = "member"
    """The other is a container, and this was taken out of it."""


class Inside(Value, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The entry in which another lies."""

    entry_id: Count
    """Listed before what lies in it."""
    how: Relation
    offset: Place = -1
    """Where it begins in the other's content, bytes; -1: that cannot be said."""
    length: Place = -1
    """How many bytes of the other's content it takes; -1: that cannot be said."""


class FileEntry(Value, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A name, its metadata, and one data stream.

    An NTFS alternate stream is listed as an entry of its own, with `stream` set, so that every
    run of content has exactly one outcome.
    """

    id: int
    """From 0, in the order in which the survey met it; the same for the same bytes."""
    volume_id: str
    path: str
    """From the root, `/`-separated, without a leading slash. Bytes that are not UTF-8 are shown
    as surrogate-free escapes (`\\xff`)."""
    raw_path: bytes = b""
    """The name as it is on the volume; only where it is not valid UTF-8."""
    stream: str = ""
    """Name of the NTFS alternate stream; empty for the default stream."""
    kind: EntryKind = EntryKind.FILE
    size: int = 0
    """Bytes of this stream, as the file system claims."""
    allocated_name: bool = True
    allocated_meta: bool = True
    orphan: bool = False
    """Metadata that no directory names."""
    meta_address: Address = 0
    """Inode, MFT entry, or The Sleuth Kit's number for it."""
    meta_sequence: Address = 0
    attribute_type: Address = 0
    attribute_id: Address = 0
    storage: Storage = Storage.NONE
    runs: Annotated[tuple[Run, ...], msgspec.Meta(max_length=MOST_RUNS)] = ()
    hindrance: Hindrance = Hindrance.NONE
    """Why its content is not what its bytes are; nearly always nothing."""
    times: Timestamps = Timestamps()
    inside: Inside | None = None
    """The entry in which this one lies; None: in none, it is of the file system itself."""
    runs_left_out: Count = 0
    """In a bundle, where `runs` are only the first of very many: how many more there are."""

    @property
    def allocated(self) -> bool:
        """Both its name and its metadata are allocated."""
        return self.allocated_name and self.allocated_meta

    @property
    def position(self) -> int:
        """Where its content begins in its volume's bytes; -1 if that is not known."""
        for run in self.runs:
            if run.offset >= 0:
                return run.offset
        return -1

    @property
    def shown_path(self) -> str:
        """The path as reports show it, the stream's name after a colon."""
        return f"{self.path}:{self.stream}" if self.stream else self.path
