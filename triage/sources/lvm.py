"""LVM2: the logical volumes of a group, as far as they lie on the physical volumes that are here.

Layouts after lvm2's lib/format_text (label, header and area of metadata) and its text, a tree of
names, numbers, strings and lists. What lies on one that is not here, or is made in a way that is
not known (thin, cache, snapshots, RAID 4 to 6), is named with what is missing.
"""

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from triage.sources.arrays import Assembly
from triage.sources.bytes import Bytes, all_of, stretch_of
from triage.sources.joined import ConcatenatedBytes, RefusedBytes, StripedBytes
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised
from triage.sources.signatures.linux import lvm

SECTOR = 512
AREA = b" LVM2 x[5A%r0N*>"
MOST_AREAS, MOST_TEXT, MOST_VOLUMES, MOST_SEGMENTS = 8, 8 << 20, 256, 65_536
DEEPEST = 8
NO_TEXT = "what it says of its volumes cannot be read"
ELSEWHERE = "not all of it is here: {missing} is another physical volume"
TWICE = "another is the same physical volume"
OTHERWISE = "it is of another group"
MIRRORS = ("mirror", "raid1")
_TOKEN = re.compile(r'#[^\n]*|"(?:[^"\\]|\\.)*"|[\w.+\-/]+|[{}\[\]=,]')

Said = dict[str, Any]


def recognise(head: Head) -> Recognised | None:
    """By the label in one of the first four sectors; its group by its text."""
    found = lvm(head)
    if found is None:
        return None
    try:
        return replace(found, part_of=f"lvm {_group_of(_metadata(head.held)[1])}")
    except ContentError:
        return found


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """The logical volumes, by `group/name`, as far as they lie on this one."""
    return join([held]).gives


def join(members: Sequence[Bytes]) -> Assembly:
    """The logical volumes of a group, by the newest text that a member has. Raises ContentError."""
    texts: dict[int, tuple[str, str]] = {}
    left_out: dict[int, str] = {}
    for number, held in enumerate(members):
        try:
            texts[number] = _metadata(held)
        except ContentError as error:
            left_out[number] = error.reason
    if not texts:
        raise ContentError(NO_TEXT)
    newest = max((text for _, text in texts.values()), key=_sequence)
    here: dict[str, tuple[int, Bytes]] = {}
    for number, (uuid, text) in texts.items():
        if uuid in here or _group_of(text) != _group_of(newest):
            left_out[number] = TWICE if uuid in here else OTHERWISE
        else:
            here[uuid] = number, members[number]
    groups = {n: b for n, b in _tables(parsed(newest)).items() if "logical_volumes" in b}
    if not groups:
        raise ContentError(NO_TEXT)
    group, body = next(iter(groups.items()))
    made = _Group({uuid: held for uuid, (_, held) in here.items()}, body)
    lacks = ", ".join(made.missing[:8])
    return Assembly(
        words=f"a group of Linux's LVM of {made.count} physical volumes",
        gives=_volumes(group, made, body),
        used=tuple(sorted(number for number, _ in here.values())),
        left_out=left_out,
        missing=f"without {lacks}" if lacks else "",
    )


def _group_of(text: str) -> str:
    """The group's own number, which comes first; empty if there is none."""
    found = re.search(r'\bid\s*=\s*"([\w-]{1,64})"', text)
    return found[1] if found else ""


def _volumes(group: str, made: "_Group", body: Said) -> dict[str, Bytes]:
    volumes = _tables(body.get("logical_volumes"))
    shown = {n: v for n, v in volumes.items() if "VISIBLE" in _texts(v.get("status"))}
    names = list(shown)[:MOST_VOLUMES]
    return {f"{group}/{name}": made.volume(name) for name in names}


def _metadata(held: Bytes) -> tuple[str, str]:
    """The physical volume's UUID, and the text."""
    for sector in range(4):
        raw = all_of(held, sector * SECTOR, SECTOR)
        if raw[:8] == b"LABELONE" and raw[24:32] == b"LVM2 001":
            break
    else:
        raise ContentError(NO_TEXT)
    at = struct.unpack_from("<I", raw, 20)[0]
    if at > SECTOR - 40:
        raise ContentError(NO_TEXT)
    uuid = raw[at : at + 32].decode("latin-1")
    places = _areas(raw, at + 40)
    texts = [text for place in places if (text := _text(held, place))]
    if not texts:
        raise ContentError(NO_TEXT)
    return uuid, max(texts, key=_sequence)


def _areas(raw: bytes, at: int) -> list[int]:
    """Where the areas of metadata begin: behind the list of those of data."""
    lists: list[list[int]] = [[], []]
    for which in (0, 1):
        while at + 16 <= len(raw) and len(lists[which]) < MOST_AREAS:
            offset, _ = struct.unpack_from("<QQ", raw, at)
            at += 16
            if not offset:
                break
            lists[which].append(offset)
    return lists[1]


def _text(held: Bytes, place: int) -> str:
    """The newest text of an area, which is a ring; empty if there is none."""
    try:
        raw = all_of(held, place, SECTOR)
        start, size = struct.unpack_from("<QQ", raw, 24)
        offset, length = struct.unpack_from("<QQ", raw, 40)
        if raw[4:20] != AREA or not 0 < length <= MOST_TEXT or not SECTOR <= offset < size:
            return ""
        first = min(length, size - offset)
        text = all_of(held, start + offset, first)
        if first < length:
            text += all_of(held, start + SECTOR, length - first)
    except ContentError:
        return ""
    return text.split(b"\0")[0].decode(errors="replace")


def _sequence(text: str) -> int:
    found = re.search(r"\bseqno\s*=\s*(\d{1,18})", text)
    return int(found[1]) if found else -1


def parsed(text: str) -> Said:
    """The text as tables of tables. Raises ContentError."""
    tokens = (each[0] for each in _TOKEN.finditer(text) if not each[0].startswith("#"))
    return _table(tokens, 0)


def _table(tokens: Iterator[str], depth: int) -> Said:
    said: Said = {}
    if depth > DEEPEST:
        raise ContentError(NO_TEXT)
    for name in tokens:
        if name == "}":
            return said
        sign = next(tokens, "")
        if sign == "{":
            said[name] = _table(tokens, depth + 1)
        elif sign == "=":
            said[name] = _value(next(tokens, ""), tokens)
        else:
            raise ContentError(NO_TEXT)
    return said


def _value(first: str, tokens: Iterator[str]) -> Any:
    if first == "[":
        listed: list[Any] = []
        for each in tokens:
            if each == "]":
                break
            if each != ",":
                listed.append(_value(each, tokens) if each != "[" else None)
        return listed
    if first.startswith('"'):
        return first[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return int(first) if re.fullmatch(r"-?\d{1,18}", first) else first


def _tables(value: Any) -> dict[str, Said]:
    return (
        {n: v for n, v in value.items() if isinstance(v, dict)} if isinstance(value, dict) else {}
    )


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _number(said: Said, name: str, most: int = 1 << 60) -> int:
    value = said.get(name, 0)
    return value if isinstance(value, int) and 0 <= value <= most else 0


class _Group:
    """A group of volumes, as one of its devices tells of it."""

    def __init__(self, here: Mapping[str, Bytes], body: Said) -> None:
        """`here`: its physical volumes, by their UUIDs without dashes."""
        self._extent = _number(body, "extent_size", 1 << 40) * SECTOR
        self._volumes = _tables(body.get("logical_volumes"))
        self._first: dict[str, tuple[Bytes, int]] = {}
        """Of each physical volume that is here: its bytes, and where its extents begin."""
        self.missing: list[str] = []
        """Names of those that are not."""
        physical = _tables(body.get("physical_volumes"))
        self.count = len(physical)
        for name, each in physical.items():
            held = here.get(str(each.get("id", "")).replace("-", ""))
            if held is None:
                self.missing.append(name[:40])
            else:
                self._first[name] = held, _number(each, "pe_start") * SECTOR
        if not self._extent:
            raise ContentError(NO_TEXT)

    def volume(self, name: str) -> Bytes:
        """A logical volume, or the reason why it cannot be read."""
        said = self._volumes.get(name, {})
        count = sum(_number(each, "extent_count") for each in _tables(said).values())
        try:
            return self._whole(name, 0)
        except ContentError as error:
            return RefusedBytes(count * self._extent, error.reason)

    def _whole(self, name: str, depth: int) -> Bytes:
        said = self._volumes.get(name)
        if said is None or depth > DEEPEST:
            raise ContentError(NO_TEXT)
        segments = sorted(_tables(said).values(), key=lambda each: _number(each, "start_extent"))
        position, parts = 0, list[Bytes]()
        for segment in segments[:MOST_SEGMENTS]:
            count = _number(segment, "extent_count")
            if _number(segment, "start_extent") != position or not count:
                raise ContentError(NO_TEXT)
            parts.append(self._segment(segment, count, depth))
            position += count
        if not parts:
            raise ContentError(NO_TEXT)
        return parts[0] if len(parts) == 1 else ConcatenatedBytes(parts)

    def _segment(self, segment: Said, count: int, depth: int) -> Bytes:
        kind = segment.get("type")
        size = count * self._extent
        if kind == "striped":
            stripes = _pairs(segment.get("stripes"))
            each = size // max(1, len(stripes))
            parts = [self._stretch(of, first, each, depth) for of, first in stripes]
            if len(parts) == 1:
                return parts[0]
            return StripedBytes(parts, _number(segment, "stripe_size", 1 << 30) * SECTOR)
        if kind in MIRRORS:
            return self._mirror(segment, size, depth)
        raise ContentError(f"a logical volume of the kind {kind!s:.40}, which cannot be read yet")

    def _mirror(self, segment: Said, size: int, depth: int) -> Bytes:
        """The first of its images that is here."""
        images = [of for of, _ in _pairs(segment.get("mirrors"))]
        images = images or _texts(segment.get("raids"))[1::2]
        failed = ContentError(NO_TEXT)
        for image in images:
            try:
                return stretch_of(self._whole(image, depth + 1), 0, size)
            except ContentError as error:
                failed = error
        raise failed

    def _stretch(self, of: str, first: int, size: int, depth: int) -> Bytes:
        """Extents of a physical volume, or of another logical one."""
        if of in self._volumes:
            return stretch_of(self._whole(of, depth + 1), first * self._extent, size)
        if of not in self._first:
            raise ContentError(ELSEWHERE.format(missing=of[:40] or "one"))
        held, begun = self._first[of]
        start = begun + first * self._extent
        if start + size > held.size:
            raise ContentError("it goes on behind the end of this device")
        return stretch_of(held, start, size)


def _pairs(value: Any) -> list[tuple[str, int]]:
    """Of a list that names, and says from which extent on, in turn."""
    if not isinstance(value, list):
        return []
    pairs = zip(value[::2], value[1::2], strict=False)
    return [(a, b) for a, b in pairs if isinstance(a, str) and isinstance(b, int) and b >= 0]
