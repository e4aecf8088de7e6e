"""Makes pictures that hold others beside, before or behind their own: as cameras, phones and people
write them."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from triage.detectors.pictures import opencv


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, form, **options)
    return out.getvalue()


def video(path: Path, pictures: Sequence[Image.Image], side: int = 320) -> bytes:
    """An MP4: two seconds of each picture, ten frames a second."""
    cv2 = opencv()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (side, side))
    for picture in pictures:
        frame = np.asarray(picture.convert("RGB").resize((side, side)))[:, :, ::-1]
        for _ in range(20):
            writer.write(np.ascontiguousarray(frame))
    writer.release()
    return path.read_bytes()


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segment(picture: bytes, marker: int, body: bytes) -> bytes:
    """The JPEG with one more segment at its beginning."""
    return picture[:2] + segment(marker, body) + picture[2:]


def mpo(
    pictures: Sequence[bytes], *, order: str = "<", gap: int = 0, kinds: Sequence[int] = ()
) -> bytes:
    """A file of CIPA DC-007: an index in the first picture, the others behind it, `gap` bytes of
    something between. `kinds`: of those behind, as the index says; 0x020002 for one of a pair."""
    first, *others = pictures
    body_size = 4 + 8 + 2 + 12 + 4 + 16 * len(pictures)
    start = 2 + 4 + 4  # of the TIFF structure in the file
    at = len(first) + 4 + body_size + gap
    entries = [struct.pack(order + "IIIHH", 0x030000, at - gap, 0, 0, 0)]
    for number, other in enumerate(others):
        kind = kinds[number] if kinds else 0x020002
        entries.append(struct.pack(order + "IIIHH", kind, len(other), at - start, 0, 0))
        at += len(other) + gap
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    tag = struct.pack(order + "HHII", 0xB002, 7, 16 * len(pictures), 26)
    tiff = mark + struct.pack(order + "IH", 8, 1) + tag + bytes(4) + b"".join(entries)
    whole = with_segment(first, 0xE2, b"MPF\x00" + tiff)
    return whole + b"".join(bytes(gap) + other for other in others)


def xmp(packet: str) -> bytes:
    return b"http://ns.adobe.com/xap/1.0/\x00" + packet.encode()


def micro_video(picture: bytes, film: bytes) -> bytes:
    """As Google's phones wrote them until 2020."""
    told = f'<rdf:Description GCamera:MicroVideo="1" GCamera:MicroVideoOffset="{len(film)}"/>'
    return with_segment(picture, 0xE1, xmp(told)) + film


def motion_photo(picture: bytes, film: bytes, gain_map: bytes = b"") -> bytes:
    """As Google's phones write them now: what is behind the picture is listed with its lengths."""
    items = ['<Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary" Item:Length="0"/>']
    if gain_map:
        items.append(
            '<Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" '
            f'Item:Length="{len(gain_map)}"/>'
        )
    items.append(
        '<Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" '
        f"Item:Length='{len(film)}' Item:Padding='0'/>"
    )
    return with_segment(picture, 0xE1, xmp("".join(items))) + gain_map + film


def samsung(picture: bytes, film: bytes) -> bytes:
    """A trailer of named blocks, and their directory."""
    blocks = [(0x0A01, b"Image_UTC_Data", b"1700000000000"), (0x0A30, b"MotionPhoto_Data", film)]
    data = [
        struct.pack("<HHI", 0, kind, len(name)) + name + content for kind, name, content in blocks
    ]
    directory = b"SEFH" + struct.pack("<II", 107, len(blocks))
    for at, (kind, _, _) in enumerate(blocks):
        before = sum(len(each) for each in data[at:])
        directory += struct.pack("<HHII", 0, kind, before, len(data[at]))
    return picture + b"".join(data) + directory + struct.pack("<I", len(directory)) + b"SEFT"


def heic_motion(picture: bytes, film: bytes) -> bytes:
    """A HEIC with its video in a box of its own."""
    return picture + struct.pack(">I", len(film) + 8) + b"mpvd" + film
