"""HEIF (ISO/IEC 23008-12): what its items are, where they lie, and the tiles of its first picture.

Telephones write a photograph as a grid of tiles, each an HEVC picture of its own (6.6.2.3), so that
several can be decoded at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from triage.media.boxes import Box, box_in, boxes
from triage.media.hevc import SPS, without_colours
from triage.media.window import Window

MOST_ITEMS: Final = 1024
"""A photograph of 48 megapixels has some 190: its tiles."""
_MIME = b"mime"
_MOST_PROPERTIES, _MOST_UNITS = 256, 4096
_HVC1, _GRID = b"hvc1", b"grid"
_START = b"\0\0\0\1"
"""Of a unit in a byte stream: ITU-T H.265, annex B."""
_UNDERSTOOD = frozenset({b"hvcC", b"ispe", b"irot", b"colr", b"pixi"})
"""Properties (6.5) that may be essential; a colour profile is applied by nobody here."""
_CHANGING = frozenset({b"imir", b"clap"})
"""What else is to be done with a picture."""


class ItemPlace(NamedTuple):
    """Of an item's content."""

    at: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """A picture's tiles, from left to right and from the top, as HEVC bytes one after the other."""

    stream: bytes
    columns: int
    rows: int
    tile: tuple[int, int]
    """Width and height of each, pixels."""
    size: tuple[int, int]
    """Of the picture: its right and lower tiles may be larger than what is left."""
    quarters: int
    """Turns of 90 degrees, anticlockwise, by which it is then to be turned."""


def tiles_of(content: bytes) -> Tiles | None:
    """Of the first picture, if that is of tiles, or one itself, of 8 bits and 4:2:0 in HEVC, and
    nothing is to be done with it but to turn it. None of all else."""
    window = Window(content)
    meta = meta_of(window)
    if meta is None:
        return None
    kinds = dict(kinds_of_items(window, box_in(window, meta, b"iinf")))
    first = _first_item(window, box_in(window, meta, b"pitm"))
    parts = _made_of(window, box_in(window, meta, b"iref"), first)
    if kinds.get(first) == _HVC1:
        parts = (first,)
    elif kinds.get(first) != _GRID or {kinds.get(part) for part in parts} != {_HVC1}:
        return None
    idat = box_in(window, meta, b"idat")
    places = places_of_items(
        window, box_in(window, meta, b"iloc"), {first, *parts}, idat.at if idat else -1
    )
    properties = _Properties(window, box_in(window, meta, b"iprp"))
    return _put_together(content, first, parts, places, properties)


def meta_of(window: Window) -> Box | None:
    """The box that says what there is, behind its version and flags."""
    meta = next((box for box in boxes(window) if box.kind == b"meta"), None)
    return meta._replace(at=meta.at + 4) if meta is not None else None


def kinds_of_items(window: Window, box: Box | None) -> Iterator[tuple[int, bytes]]:
    """Number and kind of every item of `iinf`; of XMP and its like the media type."""
    if box is None:
        return
    header = 6 if window.number(box.at, 1) == 0 else 8
    for count, entry in enumerate(boxes(window, box.at + header, box.end, MOST_ITEMS)):
        version = window.number(entry.at, 1)
        if entry.kind != b"infe" or version < 2 or count >= MOST_ITEMS:
            continue
        wide = 2 if version == 2 else 4
        raw = window.at(entry.at + 4, min(entry.end - entry.at - 4, 64))
        kind, name = raw[wide + 2 : wide + 6], raw[wide + 6 :]
        if kind == _MIME:
            kind = name.partition(b"\x00")[2].partition(b"\x00")[0]
        yield int.from_bytes(raw[:wide], "big"), kind


def places_of_items(
    window: Window, box: Box | None, wanted: set[int], idat: int = -1
) -> dict[int, ItemPlace]:
    """Of `iloc`: where the wanted items lie, that lie in the file and in one piece.

    `idat`: where the content of that box begins, if items that lie in it are wanted too.
    """
    places: dict[int, ItemPlace] = {}
    if box is None or not wanted:
        return places
    version, sizes = window.number(box.at, 1), window.number(box.at + 4, 2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    index = index if version in {1, 2} else 0
    wide = 4 if version == 2 else 2
    items, at = window.number(box.at + 6, wide), box.at + 6 + wide
    for _ in range(min(items, MOST_ITEMS)):
        number, at = window.number(at, wide), at + wide
        method = window.number(at, 2) & 15 if version in {1, 2} else 0
        at += 4 if version in {1, 2} else 2  # the method, then which file
        start, extents = window.number(at, base), window.number(at + base, 2)
        at += base + 2
        in_it = method == 0 or (method == 1 and idat >= 0)
        if number in wanted and in_it and extents == 1:
            place = start + window.number(at + index, offset) + (idat if method else 0)
            places[number] = ItemPlace(place, window.number(at + index + offset, length))
        at += extents * (index + offset + length)
        if at > box.end:
            break
    return places


def _first_item(window: Window, box: Box | None) -> int:
    if box is None:
        return -1
    return window.number(box.at + 4, 2 if window.number(box.at, 1) == 0 else 4)


def _made_of(window: Window, box: Box | None, item: int) -> tuple[int, ...]:
    """Items that an item is derived from (`dimg`), in their order."""
    if box is None:
        return ()
    wide = 2 if window.number(box.at, 1) == 0 else 4
    for each in boxes(window, box.at + 4, box.end, MOST_ITEMS):
        if each.kind == b"dimg" and window.number(each.at, wide) == item:
            count = min(window.number(each.at + wide, 2), MOST_ITEMS)
            begin = each.at + wide + 2
            return tuple(window.number(begin + n * wide, wide) for n in range(count))
    return ()


_NOTHING = Box(b"", 0, 0)


class _Properties:
    """What is said of items (`iprp`): each property once, and which items have it."""

    def __init__(self, window: Window, box: Box | None) -> None:
        self._window = window
        container = box_in(window, box, b"ipco") if box is not None else None
        self._all = (
            [*boxes(window, container.at, container.end, _MOST_PROPERTIES)] if container else []
        )
        self._of: dict[int, list[int]] = {}
        self._essential = 0x80
        if box is not None and (which := box_in(window, box, b"ipma")) is not None:
            self._associate(which)

    def _associate(self, box: Box) -> None:
        window = self._window
        version, flags = window.number(box.at, 1), window.number(box.at + 3, 1)
        wide, narrow = (2 if version == 0 else 4), (2 if flags & 1 else 1)
        self._essential = 0x8000 if flags & 1 else 0x80
        count, at = window.number(box.at + 4, 4), box.at + 8
        for _ in range(min(count, MOST_ITEMS)):
            item, how_many = window.number(at, wide), window.number(at + wide, 1)
            at += wide + 1
            places = range(at, at + how_many * narrow, narrow)
            self._of[item] = [window.number(place, narrow) for place in places]
            at += how_many * narrow
            if at > box.end:
                break

    def of(self, item: int) -> list[Box]:
        """All of them; one that is not there is a box of no kind."""
        numbers = (number & (self._essential - 1) for number in self._of.get(item, []))
        return [self._all[n - 1] if 0 < n <= len(self._all) else _NOTHING for n in numbers]

    def needed(self, item: int) -> set[bytes]:
        """Kinds of those without which it is not what it is meant to be."""
        said = zip(self._of.get(item, []), self.of(item), strict=True)
        return {
            box.kind
            for number, box in said
            if number & self._essential or box.kind in _CHANGING or box is _NOTHING
        }


def _put_together(
    content: bytes,
    first: int,
    parts: tuple[int, ...],
    places: Mapping[int, ItemPlace],
    properties: _Properties,
) -> Tiles | None:
    window = Window(content)
    own = {box.kind: box for box in properties.of(first)}
    alike = {tuple(properties.of(part)) for part in parts}
    of_tile = {box.kind: box for box in next(iter(alike))} if len(alike) == 1 else {}
    needed = set[bytes]().union(*(properties.needed(item) for item in {first, *parts}))
    if not needed <= _UNDERSTOOD or not places.keys() >= {first, *parts}:
        return None
    decoder, tile, size = of_tile.get(b"hvcC"), of_tile.get(b"ispe"), own.get(b"ispe")
    if decoder is None or tile is None or size is None or not _is_plain(window, decoder):
        return None
    columns, rows = 1, 1
    if parts != (first,):
        at = places[first].at
        rows, columns = (window.number(at + 2 + n, 1) + 1 for n in range(2))
        wide = 4 if window.number(at + 1, 1) & 1 else 2
        said = window.number(at + 4, wide), window.number(at + 4 + wide, wide)
        if said != _sides(window, size):
            return None
    tile_size, whole = _sides(window, tile), _sides(window, size)
    covers = columns * tile_size[0] >= whole[0] > 0 and rows * tile_size[1] >= whole[1] > 0
    if columns * rows != len(parts) or not covers:
        return None
    sets = _parameter_sets(window, decoder)
    if sets is None:
        return None
    if sum(places[part].size for part in parts) > len(content):
        return None  # several claim the same bytes
    samples = [_units(content[places[p].at : places[p].at + places[p].size]) for p in parts]
    units = [each for each in samples if each is not None]
    if len(units) != len(samples):
        return None
    turn = own.get(b"irot")
    return Tiles(
        stream=b"".join(sets + each for each in units),
        columns=columns,
        rows=rows,
        tile=tile_size,
        size=whole,
        quarters=window.number(turn.at, 1) & 3 if turn is not None else 0,
    )


def _sides(window: Window, ispe: Box) -> tuple[int, int]:
    return window.number(ispe.at + 4, 4), window.number(ispe.at + 8, 4)


def _is_plain(window: Window, hvcc: Box) -> bool:
    """ISO/IEC 14496-15, 8.3.3.1: chroma at half the sides, 8 bits of both, lengths of 4 bytes."""
    chroma, luma_bits, chroma_bits, lengths = (
        window.number(hvcc.at + at, 1) & mask for at, mask in ((16, 3), (17, 7), (18, 7), (21, 3))
    )
    return (chroma, luma_bits, chroma_bits, lengths) == (1, 0, 0, 3)


def _parameter_sets(window: Window, hvcc: Box) -> bytes | None:
    """What a decoder is told before the first picture, as a byte stream; None if what it says of
    colours cannot be told."""
    out, at = bytearray(), hvcc.at + 23
    for _ in range(min(window.number(hvcc.at + 22, 1), 16)):
        kind, count, at = window.number(at, 1) & 0x3F, window.number(at + 1, 2), at + 3
        for _ in range(min(count, 16)):
            length = window.number(at, 2)
            unit: bytes | None = window.at(at + 2, length)
            if kind == SPS and unit is not None:
                unit = without_colours(unit)
            if unit is None:
                return None
            out += _START + unit
            at += 2 + length
    return bytes(out)


def _units(sample: bytes) -> bytes | None:
    """A sample, whose units say their lengths, as a byte stream; None if they are not all of it."""
    out, at = bytearray(), 0
    for _ in range(_MOST_UNITS):
        if at + 4 >= len(sample):
            break
        length = int.from_bytes(sample[at : at + 4], "big")
        out += _START + sample[at + 4 : at + 4 + length]
        at += 4 + length
    return bytes(out) if at == len(sample) else None
