"""7z: how its streams were packed, read and written anew without the encryption of some of them.

Format: 7zFormat.txt of the LZMA SDK (public domain). Seen from who unpacks: a coder takes streams
in and gives streams out; a pair binds what one gives to what another takes; what no pair feeds is
packed in the archive. What comes out at a folder's end are the members in it, one behind the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, islice, repeat
from typing import NamedTuple
from zlib import crc32

from triage.containers.seven_zip import SIGNATURE, SevenZipFields
from triage.members.patchwork import BLOCK

START = 32
"""Bytes of an archive's beginning; places are counted from there."""
HEADER, ENCODED_HEADER = 0x01, 0x17
_END, _PROPERTIES, _MAIN_STREAMS, _FILES = 0x00, 0x02, 0x04, 0x05
_PACK_INFO, _UNPACK_INFO, _SUBSTREAMS, _SIZES, _CRCS = 0x06, 0x07, 0x08, 0x09, 0x0A
_FOLDERS, _UNPACK_SIZES, _COUNTS, _EMPTY, _NAMES = 0x0B, 0x0C, 0x0D, 0x0E, 0x11
_OF_EMPTY = {0x0F, 0x10}
EMPTY = -1
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
    def first(self) -> Coder:
        """What takes the first stream that the archive has."""
        ends = accumulate(coder.takes for coder in self.coders)
        taken = self.packed[0] if self.packed else 0
        found = (coder for coder, end in zip(self.coders, ends, strict=True) if taken < end)
        return next(found, self.coders[0])

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


class MemberStream(NamedTuple):
    """What comes out of a folder and is one member's."""

    size: int
    crc: int | None


@dataclass(frozen=True, slots=True)
class PackedStreams:
    """All that a header says."""

    at: int
    """Where the first packed stream begins, bytes behind START."""
    sizes: tuple[int, ...]
    folders: tuple[PackedFolder, ...]
    members: tuple[tuple[MemberStream, ...], ...]
    """Of each folder."""
    files: tuple[int, ...] = ()
    """Of each file, the folder in which it is; EMPTY: in none."""
    properties: tuple[tuple[int, bytes], ...] = ()
    """Of the files, by kind: names, times …"""

    def names(self) -> list[str]:
        """As far as there are any."""
        data = dict(self.properties).get(_NAMES, b"")
        return data[1:].decode("utf-16-le", "replace").split("\0")


def streams_of(header: bytes) -> PackedStreams | None:
    """Of a header, whether it is packed itself or not; None where it has none. Raises ValueError,
    also of what nobody writes."""
    fields = SevenZipFields(header)
    has_files = fields.byte() != ENCODED_HEADER
    if has_files:
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
    streams = PackedStreams(at, sizes, folders, _members(fields, folders))
    return _with_files(streams, fields) if has_files else streams


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


def _members(
    fields: SevenZipFields, folders: Sequence[PackedFolder]
) -> tuple[tuple[MemberStream, ...], ...]:
    """Of each folder; where nothing is said of them, it is one."""
    counts, kind = [1] * len(folders), fields.byte()
    if kind != _SUBSTREAMS:
        return tuple((MemberStream(folder.size, folder.crc),) for folder in folders)
    kind = fields.byte()
    if kind == _COUNTS:
        counts = [_bounded(fields.number(), _MOST_STREAMS) for _ in folders]
        _bounded(sum(counts), _MOST_STREAMS)
        kind = fields.byte()
    sizes = [
        [fields.number() for _ in range(count - 1)] if kind == _SIZES else [0] * (count - 1)
        for count in counts
    ]
    kind = fields.byte() if kind == _SIZES else kind
    both = list(zip(folders, counts, strict=True))
    known = [count == 1 and folder.crc is not None for folder, count in both]
    unknown = sum(count for count, each in zip(counts, known, strict=True) if not each)
    crcs = iter(_crcs(fields, unknown) if kind == _CRCS else [None] * unknown)
    kind = fields.byte() if kind == _CRCS else kind
    if kind != _END:
        raise ValueError("another field than expected")
    fields.expect(_END)
    members: list[tuple[MemberStream, ...]] = []
    for (folder, count), parts, has in zip(both, sizes, known, strict=True):
        whole = [*parts, max(0, folder.size - sum(parts))][:count]
        sums = [folder.crc] if has else islice(crcs, count)
        members.append(tuple(map(MemberStream, whole, sums)))
    return tuple(members)


def _with_files(streams: PackedStreams, fields: SevenZipFields) -> PackedStreams:
    fields.expect(_FILES)
    count = _bounded(fields.number(), _MOST_STREAMS)
    properties = tuple((kind, fields.take(fields.number())) for kind in _kinds(fields))
    empty = dict(properties).get(_EMPTY, b"")
    places = chain.from_iterable(repeat(at, len(each)) for at, each in enumerate(streams.members))
    files = tuple(
        EMPTY
        if file // 8 < len(empty) and empty[file // 8] << file % 8 & 0x80
        else next(places, EMPTY)
        for file in range(count)
    )
    return replace(streams, files=files, properties=properties)


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


def header_of(streams: PackedStreams) -> bytes:
    """A header that is not packed; the first packed stream lies where places are counted from."""
    folders = streams.folders
    made = bytearray([HEADER, _MAIN_STREAMS, _PACK_INFO])
    made += _number(0) + _number(len(streams.sizes)) + bytes([_SIZES])
    made += b"".join(map(_number, streams.sizes)) + bytes([_END, _UNPACK_INFO, _FOLDERS])
    made += _number(len(folders)) + b"\0" + b"".join(map(_written, folders))
    made += bytes([_UNPACK_SIZES])
    made += b"".join(_number(size) for folder in folders for size in folder.sizes)
    made += bytes([_END, _SUBSTREAMS, _COUNTS])
    made += b"".join(_number(len(each)) for each in streams.members) + bytes([_SIZES])
    made += b"".join(_number(member.size) for each in streams.members for member in each[:-1])
    crcs = [member.crc for each in streams.members for member in each]
    made += bytes([_CRCS, 0]) + _bits([crc is not None for crc in crcs])
    made += b"".join(crc.to_bytes(4, "little") for crc in crcs if crc is not None)
    made += bytes([_END, _END, _FILES]) + _number(len(streams.files))
    made += _property(_EMPTY, _bits([file == EMPTY for file in streams.files]))
    made += b"".join(_property(*each) for each in streams.properties if each[0] != _EMPTY)
    return bytes(made) + bytes([_END, _END])


def alone(folder: PackedFolder, sizes: tuple[int, ...]) -> PackedStreams:
    """An archive of which all that comes out of one folder is one file."""
    name = b"\0" + "x\0".encode("utf-16-le")
    return PackedStreams(
        at=0,
        sizes=sizes,
        folders=(folder,),
        members=((MemberStream(folder.size, None),),),
        files=(0,),
        properties=((_NAMES, name),),
    )


def without(streams: PackedStreams, locked: set[int]) -> PackedStreams:
    """The same without some folders (what is packed in them is the caller's): their files become
    empty ones. Which empty ones are folders is forgotten, as that is said of those by number."""
    if not locked:
        return streams
    left = [at for at in range(len(streams.folders)) if at not in locked]
    place = {at: number for number, at in enumerate(left)}
    return replace(
        streams,
        folders=tuple(streams.folders[at] for at in left),
        members=tuple(streams.members[at] for at in left),
        files=tuple(place.get(file, EMPTY) for file in streams.files),
        properties=tuple(each for each in streams.properties if each[0] not in _OF_EMPTY),
    )


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


def _property(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + _number(len(data)) + data


def _bits(has: Sequence[bool]) -> bytes:
    made = bytearray(-(-len(has) // 8))
    for at, each in enumerate(has):
        made[at // 8] |= (0x80 >> at % 8) * each
    return bytes(made)


def _number(value: int) -> bytes:
    """The longest form will do."""
    return b"\xff" + value.to_bytes(8, "little")
