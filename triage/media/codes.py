"""Video without any container, as a stream of units behind start codes: 00 00 01 and what it is.

H.264 (ITU-T H.264, annex B), HEVC (H.265, annex B), MPEG-1 and MPEG-2 (ISO/IEC 13818-2, 6.2),
MPEG-4 part 2 (ISO/IEC 14496-2, 6.2) and VC-1 (SMPTE 421M, annex E). Cameras of the surveillance
and the dash-board kind write them bare. Three bytes mean nothing: the units that follow must be of
kinds that there are, in headers that are sound, and those must be among them without which nothing
can be decoded.
"""

from collections.abc import Iterator

_CODE = b"\x00\x00\x01"
_MOST_UNITS = 64
_UNIT_BYTES = 16
"""Of a unit, as far as it is looked at."""

_H264_PROFILES = frozenset(
    {44, 66, 77, 83, 86, 88, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
)
_H264_LEVELS = frozenset({9, *(tens * 10 + minor for tens in range(1, 7) for minor in range(4))})
_H264_SLICES = frozenset({1, 5})
_H264_PARAMETERS = frozenset({7, 8})
_H264_REFERENCES = frozenset({5, 7, 8})
"""Others refer to these: their header must say so."""
_H264_ASIDE = frozenset({6, 9, 10, 11, 12})
"""Nothing refers to these: their header must not say so."""
_H264_KINDS = frozenset({*range(1, 16), 19, 20})

_HEVC_SLICES = frozenset({*range(10), *range(16, 22)})
_HEVC_SEQUENCE, _HEVC_PARAMETERS = 33, frozenset({33, 34})
_HEVC_KINDS = frozenset({*_HEVC_SLICES, *range(32, 41)})
_HEVC_PROFILES = range(1, 12)

_MPEG_SEQUENCE, _MPEG_AFTER = 0xB3, frozenset({0xB2, 0xB5, 0xB8, 0x00})
_MPEG4_BEGINS, _MPEG4_PICTURE = frozenset({*range(0x30), 0xB0, 0xB5}), 0xB6
_MPEG4_LAYERS = frozenset(range(0x20, 0x30))
_VC1_SEQUENCE, _VC1_NEEDS = 0x0F, frozenset({0x0D, 0x0E})


def coded(head: bytes) -> str:
    """`h264`, `h265`, `mpeg`, `mpeg4` or `vc1`; empty for what is no bare video."""
    if not head.startswith((_CODE, b"\x00" + _CODE)):
        return ""
    units = [head[at : at + _UNIT_BYTES] for at in _units(head)]
    for name, is_so in _KINDS:
        if is_so(units):
            return name
    return ""


def _units(head: bytes) -> Iterator[int]:
    """Where the units begin, behind their codes."""
    at = head.find(_CODE)
    for _ in range(_MOST_UNITS):
        if at < 0 or at + 5 > len(head):
            return
        yield at + 3
        at = head.find(_CODE, at + 3)


def _is_h264(units: list[bytes]) -> bool:
    kinds = set()
    for unit in units:
        kind, reference = unit[0] & 0x1F, unit[0] & 0x60
        sound = (
            not unit[0] & 0x80
            and kind in _H264_KINDS
            and (reference or kind not in _H264_REFERENCES)
            and not (reference and kind in _H264_ASIDE)
        )
        if not sound or (kind == 7 and not _is_h264_sequence(unit)):
            return False
        kinds.add(kind)
    return kinds >= _H264_PARAMETERS and bool(kinds & _H264_SLICES)


def _is_h264_sequence(unit: bytes) -> bool:
    return (
        len(unit) >= 4
        and unit[1] in _H264_PROFILES
        and not unit[2] & 0x03
        and unit[3] in _H264_LEVELS
    )


def _is_h265(units: list[bytes]) -> bool:
    kinds = set()
    for unit in units:
        header = int.from_bytes(unit[:2])
        kind, layer, temporal = header >> 9, header >> 3 & 0x3F, header & 7
        sound = kind in _HEVC_KINDS and temporal and (temporal == 1 or kind not in range(16, 37))
        if not sound:
            return False
        if kind == _HEVC_SEQUENCE and not layer and not _is_h265_sequence(unit):
            return False
        kinds.add(kind)
    return kinds >= _HEVC_PARAMETERS and bool(kinds & _HEVC_SLICES)


def _is_h265_sequence(unit: bytes) -> bool:
    """Its profile, behind its number and that of its layers (7.3.2.2)."""
    return len(unit) >= 4 and not unit[3] & 0xC0 and unit[3] & 0x1F in _HEVC_PROFILES


def _is_mpeg(units: list[bytes]) -> bool:
    """Of MPEG-1 and MPEG-2: a sequence's header with sides, shape and rate, and what follows it."""
    if len(units) < 2 or units[0][0] != _MPEG_SEQUENCE or units[1][0] not in _MPEG_AFTER:
        return False
    sides = int.from_bytes(units[0][1:4])
    shape, rate = units[0][4] >> 4, units[0][4] & 0x0F
    marked = len(units[0]) > 7 and units[0][7] & 0x20
    return bool(sides >> 12 and sides & 0xFFF and 0 < shape < 15 and 0 < rate < 9 and marked)


def _is_mpeg4(units: list[bytes]) -> bool:
    codes = [unit[0] for unit in units]
    begins = bool(codes) and codes[0] in _MPEG4_BEGINS
    return begins and _MPEG4_PICTURE in codes and bool(_MPEG4_LAYERS & set(codes))


def _is_vc1(units: list[bytes]) -> bool:
    """Of its advanced profile: the others have no start codes."""
    codes = {unit[0] for unit in units}
    begins = bool(units) and units[0][0] == _VC1_SEQUENCE and units[0][1] >> 6 == 3
    return begins and codes >= _VC1_NEEDS


_KINDS = (
    ("h264", _is_h264),
    ("h265", _is_h265),
    ("mpeg", _is_mpeg),
    ("mpeg4", _is_mpeg4),
    ("vc1", _is_vc1),
)
