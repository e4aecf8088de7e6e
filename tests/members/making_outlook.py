"""Makes Outlook's stores (pst): folders, messages, what is attached to them. Format: [MS-PST].

As small as readers take one: no allocation maps, and tables with the columns that are asked for.
readpst 0.6.76 and libpff 20260926 read all of them.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from triage.members.outlook_ciphers import CYCLIC, PERMUTED, PLAIN, cyclic, permuted

_NBT, _BBT = 0x81, 0x80
_BINARY, _TEXT, _NUMBER, _OBJECT = 0x0102, 0x001F, 0x0003, 0x000D
_STORE, _NAMES, _ROOT, _TOP = 0x21, 0x61, 0x122, 0x8022
_ATTACHMENTS, _ROW = 0x671, 0x67F20003


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A message; what is attached is a file, or a message."""

    subject: str = "pictures"
    attached: Mapping[str, "bytes | Mail"] = field(default_factory=dict)
    of_folder: bool = False
    """No program shows it: a folder's views and settings are such."""


class Form(NamedTuple):
    """How wide things are."""

    version: int
    wide: int
    page: int
    room: int
    """For entries of a page."""
    aligned: int
    trailer: int
    index_bits: int


OLD, UNICODE, OF_2013 = (
    Form(14, 4, 512, 496, 64, 12, 11), Form(23, 8, 512, 488, 64, 16, 11),
    Form(36, 8, 4096, 4056, 512, 24, 14),
)  # fmt: skip
FORMS = {"ANSI": OLD, "Unicode": UNICODE, "2013": OF_2013}
WAYS = (PLAIN, PERMUTED, CYCLIC)
_MOST = 8000

Properties = Mapping[int, bytes | int]
"""Tag (number and type) to value; of an object the node that it is."""


def store(
    folders: Mapping[str, Sequence[Mail]], form: Form = UNICODE, way: int = PERMUTED
) -> bytes:
    """All folders lie in the topmost; those of 2013 are deflated where that makes them smaller."""
    return _Store(form, way).made(folders)


class _Store:
    def __init__(self, form: Form, way: int) -> None:
        self._form, self._way = form, way
        self._number = "<Q" if form.wide == 8 else "<I"
        self._file = bytearray(0x5000)
        self._blocks: dict[int, tuple[int, int]] = {}
        self._nodes: dict[int, tuple[int, int, int]] = {}
        self._next = 4

    def made(self, folders: Mapping[str, Sequence[Mail]]) -> bytes:
        entry = bytes(4) + b"seek's own store" + struct.pack("<I", _TOP)
        self._node(_STORE, {0x0FF90102: b"seek's own store", 0x3001001F: _wide("store"),
                            0x35E00102: entry})  # fmt: skip
        named = struct.pack("<IHH", 0x8501, 6, 0)
        self._node(_NAMES, {0x00010003: 1, 0x00020102: b"seek's own store", 0x00030102: named,
                            0x00040102: bytes(8)})  # fmt: skip
        self._folder(_ROOT, _ROOT, "", [_TOP])
        places = [_TOP + 0x20 * number for number in range(1, len(folders) + 1)]
        self._folder(_TOP, _ROOT, "Top of it", places)
        number = 0x200004
        for place, (name, mails) in zip(places, folders.items(), strict=True):
            inside = [number + 0x20 * each for each in range(len(mails))]
            self._folder(place, _TOP, name, [], inside)
            for node, mail in zip(inside, mails, strict=True):
                data, sub = self._message(mail)
                self._nodes[node + 4 * mail.of_folder] = (data, sub, place)
            number += 0x20 * len(mails)
        return self._closed()

    def _folder(
        self, node: int, parent: int, name: str, folders: list[int], mails: Sequence[int] = ()
    ) -> None:
        told: Properties = {0x3001001F: _wide(name), 0x36020003: len(mails), 0x36030003: 0,
                            0x360A000B: bool(folders)}  # fmt: skip
        self._node(node, told, parent)
        self._nodes[node + 11] = (self._block(_table([{_ROW: each} for each in folders])), 0, 0)
        self._nodes[node + 12] = (self._block(_table([{_ROW: each} for each in mails])), 0, 0)
        self._nodes[node + 13] = (self._block(_table([])), 0, 0)

    def _node(self, node: int, told: Properties, parent: int = 0) -> None:
        self._nodes[node] = (self._block(_properties(told)), 0, parent)

    def _message(self, mail: Mail) -> tuple[int, int]:
        """Its blocks: properties, and nodes below it."""
        below: dict[int, tuple[int, int]] = {}
        rows: list[dict[int, int]] = []
        for number, (name, held) in enumerate(mail.attached.items()):
            node = 0x8025 + 0x20 * number
            rows.append({_ROW: node})
            below[node] = self._attachment(name, held)
        told: dict[int, bytes | int] = {0x001A001F: _wide("IPM.Note"), 0x0E070003: 0x11}
        told |= {0x0037001F: _wide(mail.subject), 0x0E080003: 100}
        if rows:
            below[_ATTACHMENTS] = (self._block(_table(rows)), 0)
        return self._block(_properties(told)), self._below(below)

    def _attachment(self, name: str, held: "bytes | Mail") -> tuple[int, int]:
        told: dict[int, bytes | int] = {0x3707001F: _wide(name), 0x370B0003: 0xFFFFFFFF}
        node = 0x10DF
        if isinstance(held, Mail):
            node = 0x200044
            told |= {0x37050003: 5, 0x0E200003: 100, 0x3701000D: struct.pack("<II", node, 100)}
            return self._block(_properties(told)), self._below({node: self._message(held)})
        told |= {0x37050003: 1, 0x0E200003: len(held), 0x37010102: node}
        return self._block(_properties(told)), self._below({node: (self._long(held), 0)})

    def _long(self, content: bytes) -> int:
        """A block, or one that lists those that it lies in."""
        pieces = [content[at : at + _MOST] for at in range(0, len(content), _MOST)] or [b""]
        blocks = [self._block(piece) for piece in pieces]
        if len(blocks) == 1:
            return blocks[0]
        listed = b"".join(self._packed(each) for each in blocks)
        return self._block(struct.pack("<BBHI", 1, 1, len(blocks), len(content)) + listed, 2)

    def _below(self, nodes: Mapping[int, tuple[int, int]]) -> int:
        if not nodes:
            return 0
        listed = b"".join(self._packed(node, *nodes[node]) for node in sorted(nodes))
        header = struct.pack("<BBHI", 2, 0, len(nodes), 0)[: self._form.wide]
        return self._block(header + listed, 2)

    def _packed(self, *numbers: int) -> bytes:
        return b"".join(struct.pack(self._number, each) for each in numbers)

    def _block(self, content: bytes, internal: int = 0) -> int:
        """Its number."""
        assert len(content) <= _MOST
        form, full = self._form, len(content)
        number, at = self._next | internal, len(self._file)
        self._next += 4
        packed = zlib.compress(content) if form is OF_2013 and not internal else content
        if len(packed) < len(content):
            content = packed
        elif not internal and self._way == PERMUTED:
            content = permuted(content)
        elif not internal and self._way == CYCLIC:
            content = cyclic(content, number)
        self._blocks[number] = (at, len(content))
        room = -(-(len(content) + form.trailer) // form.aligned) * form.aligned - form.trailer
        self._file += content.ljust(room, b"\0")
        self._file += struct.pack("<HH", len(content), _signed(at, number))
        if form is OLD:
            self._file += struct.pack("<II", number, _crc(content))
        else:
            self._file += struct.pack("<IQ", _crc(content), number)
        if form is OF_2013:
            self._file += struct.pack("<HHI", 2, full, 0)
        return number

    def _closed(self) -> bytes:
        form = self._form
        padding = 4 if form.wide == 8 else 0
        blocks = [self._packed(number, at) + struct.pack("<HH", size, 2) + bytes(padding)
                  for number, (at, size) in sorted(self._blocks.items())]  # fmt: skip
        nodes = [self._packed(node, data, sub) + struct.pack("<I", parent) + bytes(padding)
                 for node, (data, sub, parent) in sorted(self._nodes.items())]  # fmt: skip
        self._file += bytes(-len(self._file) % form.page)
        bbt, nbt = self._tree(_BBT, blocks), self._tree(_NBT, nodes)
        root = bytes(4) + self._packed(len(self._file), 0x4400, 0, 0, *nbt, *bbt) + b"\2\0\0\0"
        body = b"SM" + struct.pack("<HHBBII", form.version, 19, 1, 1, 0, 0)
        if form is OLD:
            body += struct.pack("<III", self._next, self._next, 1)
            body += struct.pack("<32I", *[0x400] * 32) + root
        else:
            body += struct.pack("<QQI", 0, self._next, 1) + struct.pack("<32I", *[0x400] * 32)
            body += bytes(8) + root + bytes(4)
        body += b"\xff" * 256 + bytes([0x80, self._way, 0, 0])
        body = body if form is not OLD else body.ljust(504, b"\0")
        header = b"!BDN" + struct.pack("<I", _crc(body[:471])) + body
        if form is not OLD:
            body += struct.pack("<Q", self._next)
            header = b"!BDN" + struct.pack("<I", _crc(body[:471])) + body
            header += struct.pack("<I", _crc(body[:516])) + bytes(36)
        self._file[: len(header)] = header
        return bytes(self._file)

    def _tree(self, kind: int, entries: list[bytes]) -> tuple[int, int]:
        """The number and place of its topmost page."""
        level = 0
        while True:
            wide = len(entries[0])
            most = min(255, self._form.room // wide)
            above: list[bytes] = []
            for at in range(0, len(entries), most):
                some = entries[at : at + most]
                number, place = self._page(kind, level, wide, most, some)
                above.append(some[0][: self._form.wide] + self._packed(number, place))
            if len(above) == 1:
                return number, place
            entries, level = above, level + 1

    def _page(
        self, kind: int, level: int, wide: int, most: int, entries: list[bytes]
    ) -> tuple[int, int]:
        form, number, at = self._form, self._next, len(self._file)
        self._next += 4
        page = b"".join(entries).ljust(form.room, b"\0")
        if form is OF_2013:
            page += struct.pack("<HHBB", len(entries), most, wide, level) + bytes(10)
        else:
            page += struct.pack("<BBBB", len(entries), most, wide, level)
            page += bytes(4 if form is UNICODE else 0)
        signed, crc = _signed(at, number), _crc(page)
        page += struct.pack("<BBH", kind, kind, signed)
        page += struct.pack("<II", number, crc) if form is OLD else struct.pack("<IQ", crc, number)
        self._file += page.ljust(form.page, b"\0")
        return number, at


def _heap(kind: int, things: Sequence[bytes], root: int) -> bytes:
    """A heap of one block; things are told by their number from 1."""
    data = bytearray(12)
    places = [len(data)]
    for each in things:
        data += each
        places.append(len(data))
    data += bytes(len(data) % 2)
    at = len(data)
    data += struct.pack(f"<HH{len(places)}H", len(things), 0, *places)
    data[:12] = struct.pack("<HBBII", at, 0xEC, kind, root << 5, 0)
    return bytes(data)


def _properties(told: Properties) -> bytes:
    things: list[bytes] = [b"", b""]
    records = b""
    for tag, value in sorted(told.items()):
        number, kind = tag >> 16, tag & 0xFFFF
        if isinstance(value, bytes):
            there = 0
            if value:
                things.append(value)
                there = len(things) << 5
        else:
            there = value
        records += struct.pack("<HHI", number, kind, there)
    things[0] = struct.pack("<BBBBI", 0xB5, 2, 6, 0, 2 << 5)
    things[1] = records
    return _heap(0xBC, things, 1)


def _table(rows: Sequence[Mapping[int, int]]) -> bytes:
    """Of one column beside the two that each has: the row's own number, its version."""
    columns = [(0x67F20003, 0, 4, 0), (0x67F30003, 4, 4, 1), (0x0E200003, 8, 4, 2)]
    described = b"".join(struct.pack("<IHBB", *each) for each in columns)
    things = [b"", struct.pack("<BBBBI", 0xB5, 4, 4, 0, 3 << 5 if rows else 0)]
    if rows:
        things.append(b"".join(struct.pack("<II", each[_ROW], at) for at, each in enumerate(rows)))
        things.append(b"".join(struct.pack("<IIIB", each[_ROW], 1, 0, 0xE0) for each in rows))
    things[0] = struct.pack("<BB4HIII", 0x7C, len(columns), 12, 12, 12, 13, 2 << 5,
                            4 << 5 if rows else 0, 0) + described  # fmt: skip
    return _heap(0x7C, things, 1)


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _signed(at: int, number: int) -> int:
    mixed = (at ^ number) & 0xFFFFFFFF
    return (mixed >> 16) ^ (mixed & 0xFFFF)


def _crc(data: bytes) -> int:
    """That of the format: begun with zero, and not turned over at its end."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def resealed(content: bytes) -> bytes:
    """Of the form Unicode: with the right checksums of all blocks, after some were changed."""
    made = bytearray(content)
    at = 0x5000
    while at + 64 <= len(made):
        for end in range(at + 64, min(at + 8256, len(made)) + 1, 64):
            size, sign, _, number = struct.unpack_from("<HHIQ", made, end - 16)
            if sign == _signed(at, number) and number and -(-(size + 16) // 64) * 64 == end - at:
                struct.pack_into("<I", made, end - 12, _crc(bytes(made[at : at + size])))
                at = end
                break
        else:
            break
    return bytes(made)
