"""7z: how its streams were packed, read and written anew without the encryption of some of them.

Format: 7zFormat.txt of the LZMA SDK (public domain). Seen from who unpacks: a coder takes streams
in and gives streams out; a pair binds what one gives to what another takes; what no pair feeds is
packed in the archive. What the header says behind that, of files and names, is kept to the byte.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple
from zlib import crc32

from triage.containers.seven_zip import SIGNATURE, SevenZipFields
from triage.members.patchwork import BLOCK

START = 32
"""Bytes of an archive's beginning; places are counted from there."""
HEADER, ENCODED_HEADER = 0x01, 0x17
_END, _PROPERTIES, _MAIN_STREAMS, _FILES = 0x00, 0x02, 0x04, 0x05
_PACK_INFO, _UNPACK_INFO, _SUBSTREAMS, _SIZES, _CRCS = 0x06, 0x07, 0x08, 0x09, 0x0A
_FOLDERS, _UNPACK_SIZES, _COUNTS, _NAMES = 0x0B, 0x0C, 0x0D, 0x11
AES, COPY = b"\x06\xf1\x07\x01", b"\x00"
LZMAS = (b"\x03\x01\x01", b"\x21")
_MOST_CODERS = 32
_MOST_STREAMS = 100_000
"""Packed ones, folders, or members: of one archive only a part of so many would be taken out."""


class Coder(NamedTuple):
    """A method, and how many streams it takes and gives."""

    method: bytes
    takes: int = 1
    gives: int = 1
    properties: bytes = b""


class AesProperties(NamedTuple):
    """How a key is made, and where the cipher begins."""

    cycles: int
    """As power of two, or NO_HASH_7Z."""
    salt: bytes
    vector: bytes


@dataclass(frozen=True, slots=True)
class PackedFolder:
    """Coders that are bound together; at its end one stream comes out."""

    coders: tuple[Coder, ...]
    pairs: tuple[tuple[int, int], ...]
    """What is taken, and what was given."""
    packed: tuple[int, ...]
    """What is taken from the archive."""
    sizes: tuple[int, ...] = ()
    """Of all that is given, bytes."""
    crc: int | None = None

    @property
    def is_encrypted(self) -> bool:
        """By AES."""
        return any(coder.method == AES for coder in self.coders)

    @property
    def is_stored(self) -> bool:
        """Nothing is packed, so that noise comes out as well as content."""
        return all(coder.method in {AES, COPY} for coder in self.coders)

    @property
    def size(self) -> int:
        """Bytes that come out at its end."""
        bound = {given for _, given in self.pairs}
        ends = [size for given, size in enumerate(self.sizes) if given not in bound]
        return ends[0] if len(ends) == 1 else 0


class OpenedStream(NamedTuple):
    """A packed stream of a folder whose encryption is undone: by its place among them."""

    place: int
    size: int
    aes: AesProperties


class FirstStream(NamedTuple):
    """The first member of a folder."""

    size: int
    crc: int | None


@dataclass(frozen=True, slots=True)
class PackedStreams:
    """All of it that an archive has."""

    at: int
    """Where the first begins, bytes behind START."""
    sizes: tuple[int, ...]
    folders: tuple[PackedFolder, ...]
    firsts: tuple[FirstStream, ...]
    behind: bytes
    """What the header says further on."""


def streams_of(header: bytes) -> PackedStreams | None:
    """Of a header, whether it is packed itself or not; None where it has none. Raises ValueError,
    also of what nobody writes."""
    fields = SevenZipFields(header)
    if fields.byte() != ENCODED_HEADER:
        kind = fields.byte()
        while kind == _PROPERTIES:
            kind = _over_properties(fields)
        if kind != _MAIN_STREAMS:
            return None
    fields.expect(_PACK_INFO)
    at, count = fields.number(), _bounded(fields.number(), _MOST_STREAMS)
    sizes: tuple[int, ...] = ()
    for kind in _kinds(fields):
        if kind == _SIZES:
            sizes = tuple(fields.number() for _ in range(count))
        elif kind == _CRCS:
            _crcs(fields, count)
        else:
            raise ValueError("another field than expected")
    folders = tuple(_folders(fields))
    if sum(len(folder.packed) for folder in folders) != len(sizes):
        raise ValueError("other streams than are packed")
    behind = fields.rest
    firsts = tuple(_firsts(SevenZipFields(behind), folders))
    return PackedStreams(at, sizes, folders, firsts, behind)


def _over_properties(fields: SevenZipFields) -> int:
    while fields.byte() != _END:
        fields.take(fields.number())
    return fields.byte()


def _kinds(fields: SevenZipFields) -> Iterator[int]:
    """What stands in front of each part, until the end of them."""
    while (kind := fields.byte()) != _END:
        yield kind


def _bounded(count: int, most: int) -> int:
    if count > most:
        raise ValueError("more than anybody writes")
    return count


def _crcs(fields: SevenZipFields, count: int) -> list[int | None]:
    has = [True] * count
    if not fields.byte():
        bits = fields.take(-(-count // 8))
        has = [bool(bits[each // 8] << each % 8 & 0x80) for each in range(count)]
    return [int.from_bytes(fields.take(4), "little") if each else None for each in has]


def _folders(fields: SevenZipFields) -> Iterator[PackedFolder]:
    fields.expect(_UNPACK_INFO)
    fields.expect(_FOLDERS)
    count = _bounded(fields.number(), _MOST_STREAMS)
    fields.expect(0)
    folders = [_folder(fields) for _ in range(count)]
    crcs: list[int | None] = [None] * count
    for kind in _kinds(fields):
        if kind == _UNPACK_SIZES:
            folders = [replace(each, sizes=_sizes(fields, each)) for each in folders]
        elif kind == _CRCS:
            crcs = _crcs(fields, count)
        else:
            raise ValueError("another field than expected")
    return (replace(each, crc=crc) for each, crc in zip(folders, crcs, strict=True))


def _sizes(fields: SevenZipFields, folder: PackedFolder) -> tuple[int, ...]:
    return tuple(fields.number() for _ in range(sum(coder.gives for coder in folder.coders)))


def _folder(fields: SevenZipFields) -> PackedFolder:
    coders = tuple(_coder(fields) for _ in range(_bounded(fields.number(), _MOST_CODERS)))
    takes, gives = sum(each.takes for each in coders), sum(each.gives for each in coders)
    if not coders or takes < gives - 1:
        raise ValueError("a folder of which nothing comes out")
    pairs = tuple((fields.number(), fields.number()) for _ in range(gives - 1))
    count = takes - len(pairs)
    fed = {taken for taken, _ in pairs}
    packed = (
        tuple(fields.number() for _ in range(count))
        if count > 1
        else tuple(each for each in range(takes) if each not in fed)[:1]
    )
    return PackedFolder(coders, pairs, packed)


def _coder(fields: SevenZipFields) -> Coder:
    flags = fields.byte()
    method = fields.take(flags & 0x0F)
    takes = gives = 1
    if flags & 0x10:
        takes = _bounded(fields.number(), _MOST_CODERS)
        gives = _bounded(fields.number(), _MOST_CODERS)
    return Coder(method, takes, gives, fields.take(fields.number()) if flags & 0x20 else b"")


def _firsts(fields: SevenZipFields, folders: Sequence[PackedFolder]) -> Iterator[FirstStream]:
    """Of each folder; where nothing is said of members, it is one."""
    counts, kind = [1] * len(folders), fields.byte()
    kind = fields.byte() if kind == _SUBSTREAMS else _END
    if kind == _COUNTS:
        counts = [_bounded(fields.number(), _MOST_STREAMS) for _ in folders]
        _bounded(sum(counts), _MOST_STREAMS)
        kind = fields.byte()
    sizes = [
        [fields.number() for _ in range(count - 1)] if kind == _SIZES else [] for count in counts
    ]
    kind = fields.byte() if kind == _SIZES else kind
    both = list(zip(folders, counts, strict=True))
    known = [count == 1 and folder.crc is not None for folder, count in both]
    unknown = sum(count for count, each in zip(counts, known, strict=True) if not each)
    crcs = iter(_crcs(fields, unknown) if kind == _CRCS else [None] * unknown)
    for (folder, count), parts, has in zip(both, sizes, known, strict=True):
        whole = [*parts, max(0, folder.size - sum(parts))][:count]
        sums = [folder.crc] if has else list(islice(crcs, count))
        # What is empty has the same checksum whatever the password.
        found = (FirstStream(size, crc) for size, crc in zip(whole, sums, strict=False) if size)
        yield next(found, FirstStream(0, None))


def aes_properties(data: bytes) -> AesProperties | None:
    """None of what makes no sense."""
    if not data:
        return None
    first, second = data[0], data[1] if len(data) > 1 and data[0] & 0xC0 else 0
    salt = (first >> 7 & 1) + (second >> 4)
    vector = (first >> 6 & 1) + (second & 0x0F)
    begin = 2 if first & 0xC0 else 1
    if len(data) < begin + salt + vector:
        return None
    behind = begin + salt
    return AesProperties(
        first & 0x3F, data[begin:behind], data[behind : behind + vector].ljust(BLOCK, b"\0")
    )


def without_aes(folder: PackedFolder) -> tuple[PackedFolder, tuple[OpenedStream, ...]] | None:
    """The folder as if it had never been encrypted, and which of its streams are to be decrypted;
    None where something else than a packed stream is, or in a way that is not known."""
    opened: list[OpenedStream] = []
    while folder.is_encrypted:
        which = next(at for at, coder in enumerate(folder.coders) if coder.method == AES)
        coder = folder.coders[which]
        taken = sum(each.takes for each in folder.coders[:which])
        given = sum(each.gives for each in folder.coders[:which])
        properties = aes_properties(coder.properties)
        odd = (coder.takes, coder.gives) != (1, 1) or taken not in folder.packed
        if odd or properties is None or given >= len(folder.sizes):
            return None
        place = folder.packed.index(taken)
        opened.append(OpenedStream(place, folder.sizes[given], properties))
        if len(folder.coders) == 1:
            return replace(folder, coders=(Coder(COPY),)), tuple(opened)
        fed = [to for to, out in folder.pairs if out == given]
        if len(fed) != 1:
            return None
        folder = _without(folder, which, taken, given, fed[0])
    return folder, tuple(opened)


def _without(folder: PackedFolder, which: int, taken: int, given: int, fed: int) -> PackedFolder:
    """Without that coder: what it fed is fed by the archive."""
    packed = [fed if each == taken else each for each in folder.packed]
    pairs = [pair for pair in folder.pairs if pair != (fed, given)]
    return PackedFolder(
        coders=folder.coders[:which] + folder.coders[which + 1 :],
        pairs=tuple((to - (to > taken), out - (out > given)) for to, out in pairs),
        packed=tuple(each - (each > taken) for each in packed),
        sizes=folder.sizes[:given] + folder.sizes[given + 1 :],
        crc=folder.crc,
    )


def header_of(sizes: Sequence[int], folders: Sequence[PackedFolder], behind: bytes) -> bytes:
    """A header that is not packed; `sizes`: of the packed streams, of which the first lies where
    places are counted from."""
    made = bytearray([HEADER, _MAIN_STREAMS, _PACK_INFO])
    made += _number(0) + _number(len(sizes)) + bytes([_SIZES])
    made += b"".join(map(_number, sizes)) + bytes([_END, _UNPACK_INFO, _FOLDERS])
    made += _number(len(folders)) + b"\0" + b"".join(map(_written, folders))
    made += bytes([_UNPACK_SIZES])
    made += b"".join(_number(size) for folder in folders for size in folder.sizes)
    made += bytes([_CRCS, 0]) + _bits([folder.crc is not None for folder in folders])
    made += b"".join(
        folder.crc.to_bytes(4, "little") for folder in folders if folder.crc is not None
    )
    return bytes(made) + bytes([_END]) + behind


def one_file() -> bytes:
    """What stands behind the folders of an archive in which one folder is one file."""
    name = "x\0".encode("utf-16-le")
    names = bytes([_NAMES]) + _number(1 + len(name)) + b"\0" + name
    return bytes([_SUBSTREAMS, _END, _END, _FILES]) + _number(1) + names + bytes([_END, _END])


def start_of(header: bytes, at: int) -> bytes:
    """An archive's beginning; its header lies so many bytes behind it."""
    place = at.to_bytes(8, "little") + len(header).to_bytes(8, "little")
    place += crc32(header).to_bytes(4, "little")
    return SIGNATURE + b"\0\4" + crc32(place).to_bytes(4, "little") + place


def _written(folder: PackedFolder) -> bytes:
    made = bytearray(_number(len(folder.coders)))
    for coder in folder.coders:
        is_complex = (coder.takes, coder.gives) != (1, 1)
        flags = len(coder.method) | 0x10 * is_complex | 0x20 * bool(coder.properties)
        made += bytes([flags]) + coder.method
        made += _number(coder.takes) + _number(coder.gives) if is_complex else b""
        made += _number(len(coder.properties)) + coder.properties if coder.properties else b""
    made += b"".join(_number(to) + _number(out) for to, out in folder.pairs)
    made += b"".join(map(_number, folder.packed)) if len(folder.packed) > 1 else b""
    return bytes(made)


def _bits(has: Sequence[bool]) -> bytes:
    made = bytearray(-(-len(has) // 8))
    for at, each in enumerate(has):
        made[at // 8] |= (0x80 >> at % 8) * each
    return bytes(made)


def _number(value: int) -> bytes:
    """The longest form will do."""
    return b"\xff" + value.to_bytes(8, "little")
