"""The compiled file: what its bytes mean. docs/formats/hash-set.md says the same in prose.

    0        magic, 8 bytes
    8        length of the header, u32 little-endian
    12       SHA-256 of the header, 32 bytes
    44       the header, JSON: which sections lie where, and their digests
    4096     sections, each beginning at a multiple of 64
    end      nothing, or an OpenSSH signature of the first 4096 bytes

The header names every section's BLAKE3, so the SHA-256 of the first block stands for the whole.
"""

import hashlib
import os
import struct
from typing import Annotated

import msgspec

from triage.errors import HashSetError, why
from triage.evidence import Value
from triage.profile import SetKind

MAGIC = b"SEEKSET\x01"
BLOCK = 4096
"""The header's block, bytes; what a signature covers."""
ALIGN = 64
MOST_INDEX_BITS = 24
PIECES = "pieces"
"""The part with a digest of each piece of the others."""
PIECE_SHIFT = 16
"""A piece has 64 KiB."""
DECOY = 254
"""Category of entries that come from no record: canaries, and a sealed set's random ones."""
CANARIES = 32
"""Entries of nothing that every build puts in, so that look-up can be tried."""
LARGEST_SIGNATURE = 65536
_FIXED = struct.Struct("<8sI32s")
_HINT = "Build it again from its source with `seek hash-set build`, or copy it again."


LOOKS = ("pdq", "photodna")
"""Algorithms whose values are not asked exactly, and have no filter."""


class Section(Value, frozen=True, kw_only=True):
    """A run of bytes in the file."""

    name: str
    offset: int
    length: int
    blake3: str


class TableHeader(Value, frozen=True, kw_only=True):
    """The digests of one algorithm, sorted.

    Sections `<algorithm>.rows`, `.index`, `.filter`, `.links`.
    """

    algorithm: str
    rows: int
    width: int
    """Bytes of a row in the file: the digest's own, less `prefix`."""
    prefix: int
    """Leading bytes of the digest that the index stands for, and the row leaves out."""
    index_bits: int
    """The index has 2**index_bits buckets, by the digest's leading bits."""
    filter_words: int
    """64-bit words of the filter in front; 0: none (perceptual values are not asked exactly)."""
    linked: bool
    """Whether `.links` gives each row's entry (u32); if not, row i is of entry i."""


class Stanza(Value, frozen=True, kw_only=True):
    """The file's key, wrapped for one who may unlock it."""

    method: str
    """`passphrase` (scrypt, AES-256-GCM) or `ssh-ed25519` (X25519, HKDF, AES-256-GCM)."""
    salt: bytes
    wrapped: bytes
    log_n: int = 0
    """scrypt's cost, for a passphrase."""
    recipient: str = ""
    """Fingerprint of the SSH key."""


class SetHeader(Value, frozen=True, kw_only=True):
    """The header: enough to look up in the file, and to check that it is whole."""

    version: int = 1
    entries: int
    size_width: int
    """Bytes of an entry's size; 0: no entry has one. All ones: not known."""
    source_width: int
    """Bytes of the number of an entry's combination of sources."""
    tables: tuple[TableHeader, ...]
    sections: tuple[Section, ...]
    sealed: tuple[Stanza, ...] = ()
    """Empty: the file is not sealed."""
    canaries: int = 0
    """How many of the entries are canaries; 0 too in a file of before there were any."""

    @property
    def records(self) -> int:
        """Entries that come from a source (in a sealed set: with its random ones)."""
        return self.entries - self.canaries

    def section(self, name: str) -> Section | None:
        """The section of that name."""
        return next((section for section in self.sections if section.name == name), None)

    @property
    def body_end(self) -> int:
        """Where the last section ends: a signature may follow."""
        return max((s.offset + s.length for s in self.sections), default=BLOCK)

    @property
    def entry_width(self) -> int:
        """Bytes of an entry: category, sources, size."""
        return 1 + self.source_width + self.size_width


MOST_TEXT = 1000
"""Characters of a name, a label, a source: they stand in every match."""
Text = Annotated[str, msgspec.Meta(max_length=MOST_TEXT)]


class Category(Value, frozen=True, kw_only=True):
    """A category, and how many entries have it."""

    label: Text
    """As the source writes it, mapped if the lab wished so; empty: uncategorised."""
    entries: int


class Header(Value, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What the set says of itself; section `about`. In a sealed file it is encrypted.

    Fields that a later version added are passed over: they only say more.
    """

    name: Text
    kind: SetKind
    entries: int
    digests: dict[str, int]
    """Algorithm to how many values there are."""
    covers: tuple[str, ...] = ()
    """Algorithms of which every entry that can match exactly has a digest: one is enough to ask."""
    categories: tuple[Category, ...]
    """The most serious first."""
    sources: tuple[Text, ...]
    combinations: tuple[tuple[int, ...], ...]
    """The combinations of sources (by number) that entries come from."""
    created: Text
    """UTC, ISO 8601; empty: compiled in passing, so that the same list gives the same digest."""
    expires: Text = ""
    """The last day on which it should be used, ISO 8601; empty: none."""
    formats: tuple[str, ...] = ()
    """What it was built from."""
    bad_records: int = 0
    dropped: dict[str, int] = msgspec.field(default_factory=dict)
    kept_without: dict[str, int] = msgspec.field(default_factory=dict)
    """What records were kept without, to how many."""
    unused: tuple[str, ...] = ()
    """`input: column` of what nothing was taken from."""
    every_size: bool = False
    """Every entry that can match exactly carries its size."""
    without_size: int | None = None
    """How many of those do not; None: a set that was built before this was counted."""
    size_limit: int = 0
    """Sizes below it are bits in section `sizes`; the others are listed after them."""
    producer: str = ""
    bound: str = ""
    """Of a sealed set: SHA-256 of all that the file's header says of the other parts, so that only
    who has the key can change it; empty: built before that."""

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Those it has values of."""
        return tuple(self.digests)


SIZE_WIDTHS = {0: "", 4: "I", 5: "IB", 6: "IH", 8: "Q"}
"""Bytes of a size, and how it is unpacked; of two parts the second is the upper one."""
_SOURCE_WIDTHS = {1: "B", 2: "H", 4: "I"}


def entry_format(layout: SetHeader) -> struct.Struct:
    """How an entry is unpacked: category, source, size in one or two parts."""
    source, size = _SOURCE_WIDTHS[layout.source_width], SIZE_WIDTHS[layout.size_width]
    return struct.Struct(f"<B{source}{size}")


def pieces_of(length: int) -> int:
    """How many pieces a part of so many bytes has."""
    return -(-length >> PIECE_SHIFT)


def binding_of(layout: SetHeader) -> str:
    """SHA-256, lower-case hex, of what the header says of tables and parts; but for `about`, in
    which it stands, and for whom the file is sealed to."""
    parts = [section for section in layout.sections if section.name != "about"]
    said = (layout.entries, layout.canaries, layout.size_width, layout.source_width,
            layout.tables, parts)  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def pack_block(layout: SetHeader) -> bytes:
    """The file's first block. Raises HashSetError if the header does not fit."""
    text = msgspec.json.encode(layout)
    if _FIXED.size + len(text) > BLOCK:
        raise HashSetError("The header of the set is too large.", hint="Seal it to fewer keys.")
    head = _FIXED.pack(MAGIC, len(text), hashlib.sha256(text).digest())
    return (head + text).ljust(BLOCK, b"\0")


def read_block(descriptor: int, name: str) -> tuple[SetHeader, str]:
    """The header of an open file, and the first block's SHA-256, lower-case hex.

    Raises HashSetError: not a compiled set, of another version, truncated, or altered.
    """
    block = os.pread(descriptor, BLOCK, 0)
    layout = _parse(block, name)
    actual = os.fstat(descriptor).st_size
    if actual < layout.body_end:
        raise HashSetError(f"{name} is truncated: {actual} bytes of {layout.body_end}.", hint=_HINT)
    if actual > layout.body_end + LARGEST_SIGNATURE:
        raise HashSetError(f"{name} has bytes that no part of it claims.", hint=_HINT)
    return layout, hashlib.sha256(block).hexdigest()


def is_compiled(head: bytes) -> bool:
    """Whether a file that begins so claims to be a compiled set."""
    return head.startswith(MAGIC[:7])


def _parse(block: bytes, name: str) -> SetHeader:
    if not is_compiled(block):
        raise HashSetError(f"{name} is not a compiled hash set.", hint=_HINT)
    if len(block) < BLOCK:
        raise HashSetError(f"{name} is truncated: its header is cut off.", hint=_HINT)
    magic, length, digest = _FIXED.unpack_from(block)
    if magic != MAGIC:
        raise HashSetError(
            f"{name} is a hash set of format version {magic[7]}, not {MAGIC[7]}.",
            hint="Build it again with this version of seek.",
        )
    text = block[_FIXED.size : _FIXED.size + length]
    if length > BLOCK - _FIXED.size or hashlib.sha256(text).digest() != digest:
        raise HashSetError(f"{name} was altered: its header's digest is wrong.", hint=_HINT)
    try:
        layout = msgspec.json.decode(text, type=SetHeader)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HashSetError(
            f"{name} has a header that says nonsense: {why(error)}.", hint=_HINT
        ) from error
    _check(layout, name)
    return layout


def _check(layout: SetHeader, name: str) -> None:
    """The header's parts agree with each other, so that look-up never leaves its sections."""
    if not all(map(_makes_sense, layout.tables)):
        raise HashSetError(f"{name} was altered: a table's measures are odd.", hint=_HINT)
    expected = {"about": None, "entries": layout.entries * layout.entry_width} | {
        f"{table.algorithm}.{part}": length
        for table in layout.tables
        for part, length in _lengths(table).items()
    }
    if layout.section(PIECES) is not None:
        others = (s.length for s in layout.sections if s.name not in ("about", PIECES))
        expected[PIECES] = 32 * sum(map(pieces_of, others))
    for part, length in expected.items():
        section = layout.section(part)
        if section is None or (length is not None and section.length != length):
            raise HashSetError(f"{name} was altered: its part '{part}' is wrong.", hint=_HINT)
    if not 0 <= layout.canaries <= layout.entries:
        raise HashSetError(f"{name} was altered: it has too many canaries.", hint=_HINT)
    if layout.size_width not in SIZE_WIDTHS or layout.source_width not in _SOURCE_WIDTHS:
        raise HashSetError(f"{name} was altered: its entries have an odd width.", hint=_HINT)
    if any(s.offset < BLOCK or s.offset % ALIGN or s.length < 0 for s in layout.sections):
        raise HashSetError(f"{name} was altered: a part lies outside.", hint=_HINT)


def _makes_sense(table: TableHeader) -> bool:
    """Its bits and widths are possible, before anything is made of such a size."""
    bits = 0 <= table.index_bits <= MOST_INDEX_BITS and table.prefix == table.index_bits // 8
    least = 0 if table.algorithm in LOOKS else 1  # an exact look-up asks the filter first
    return bits and min(table.width, table.rows + 1) > 0 and table.filter_words >= least


def _lengths(table: TableHeader) -> dict[str, int]:
    lengths = {"rows": table.rows * table.width}
    if table.filter_words:
        lengths["filter"] = table.filter_words * 8
        lengths["index"] = ((1 << table.index_bits) + 1) * 4
    if table.linked:
        lengths["links"] = table.rows * 4
    return lengths
