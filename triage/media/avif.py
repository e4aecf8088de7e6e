"""One key frame of AV1 as a picture file, which decoders of pictures take.

AV1 Image File Format 1.1.0: a file of ISO/IEC 23008-12 with the property `av1C`. A key frame needs
nothing before it but its sequence's header.
"""

from triage.media.av1 import DELIMITER, SEQUENCE, Sequence, units


def as_avif(frame: bytes, sequence: Sequence) -> bytes:
    """A picture file of the units of one key frame; the sequence's header goes before them."""
    aside = {SEQUENCE, DELIMITER}
    shown = b"".join(whole for kind, _, whole in units(frame) if kind not in aside)
    data = sequence.unit + shown
    depth = sequence.bits
    flags = (
        sequence.tier << 7
        | (depth > 8) << 6
        | (depth == 12) << 5
        | sequence.grey << 4
        | sequence.halved_across << 3
        | sequence.halved_down << 2
    )
    channels = 1 if sequence.grey else 3
    properties = (
        _whole_box(b"ispe", _four(sequence.width) + _four(sequence.height))
        + _whole_box(b"pixi", bytes((channels, *[depth] * channels)))
        + _box(b"av1C", bytes((0x81, sequence.profile << 5 | sequence.level, flags, 0)))
    )
    kind = _box(b"ftyp", b"avif" + bytes(4) + b"avifmif1miaf")
    begin = len(kind) + len(_meta(properties, 0, len(data))) + 8
    return kind + _meta(properties, begin, len(data)) + _box(b"mdat", data)


def _meta(properties: bytes, begin: int, size: int) -> bytes:
    """The box that says: one item, a picture, which lies there and has these properties."""
    item = (1).to_bytes(2)
    return _whole_box(
        b"meta",
        _whole_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + _whole_box(b"pitm", item)
        + _whole_box(
            b"iloc",
            b"\x44\x00\x00\x01"
            + item
            + bytes(2)
            + b"\x00\x01"
            + begin.to_bytes(4)
            + size.to_bytes(4),
        )
        + _whole_box(
            b"iinf", b"\x00\x01" + _whole_box(b"infe", item + bytes(2) + b"av01\x00", version=2)
        )
        + _box(
            b"iprp",
            _box(b"ipco", properties)
            + _whole_box(b"ipma", b"\x00\x00\x00\x01" + item + b"\x03\x01\x02\x83"),
        ),
    )


def _whole_box(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes((version, 0, 0, 0)) + content)


def _box(kind: bytes, content: bytes) -> bytes:
    return _four(8 + len(content)) + kind + content


def _four(number: int) -> bytes:
    return number.to_bytes(4)
