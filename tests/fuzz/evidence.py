"""Harnesses for what lies on a suspect's disk: tables, signatures, MFT, caches, pictures."""

import io
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
from PIL import Image

from tests.capture import making as captures_made
from tests.containers import making as containers_made
from tests.detectors import films
from tests.disks import MIB, exfat_volume, ext_volume, fat_volume, gpt_disk, mbr_disk, ntfs_volume
from tests.fuzz.harness import Harness
from tests.guises import raws
from tests.guises.making import dos_eps, eps, rarer, svg
from tests.parts import appending, making, making_caches
from triage.capture import capture_of, position_of
from triage.containers.probe import Probe
from triage.containers.signatures import BY_TWO
from triage.detectors.dimensions import DECODABLE, size_of
from triage.detectors.pdq import pdq
from triage.detectors.picture_types import picture_type
from triage.detectors.pictures import UndecodableError, decode
from triage.detectors.types import type_of
from triage.detectors.video_types import sound_alone, video_type
from triage.evidence import FileEntry, Run
from triage.media.av1 import sequence_in
from triage.media.avif import as_avif
from triage.media.drawings import in_eps, in_svg
from triage.media.raw import raw_of
from triage.media.window import InMemory
from triage.parts.behind import behind
from triage.parts.budget import Budget
from triage.parts.cache import open_cache
from triage.parts.carrier import Carrier
from triage.parts.embedded import embedded
from triage.parts.freedesktop import picture_path, told_by
from triage.parts.quicklook import QuickLook
from triage.parts.quicklook_index import bitmaps_in
from triage.parts.write_ahead import with_log
from triage.sources import ContentError, Reader
from triage.sources.fat_names import names_in_use
from triage.sources.members import member_of
from triage.sources.mft import Mft
from triage.sources.mft_records import attributes_in, fixed_up, listed_in, pieces_in
from triage.sources.signatures import later_session, recognise_backup
from triage.sources.tables import holds_table, read_gpt, read_mbr
from triage.sources.trees import recognise

DEVICE = 4 * MIB
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16")
FORMATS = ("PNG", "TIFF", "WEBP", "GIF", "BMP", "JPEG", "PPM")


def containers(data: bytes) -> None:
    """Whatever a beginning promises is looked at closer, without the fence that is round it."""
    for signature in BY_TWO.get(data[:2], ()):
        if signature.rule is not None:
            signature.rule(Probe(data, len(data), "a/Manifest.plist", None))


def tables(data: bytes) -> None:
    """Partition tables, MBR and GPT, on a device of 4 MiB."""
    with _device(data) as file:
        reader = Reader([file.fileno()], [DEVICE])
        for sector in (512, 4096):
            read_gpt(reader, sector)
            read_mbr(reader, sector)


def signatures(data: bytes) -> None:
    """The beginning of a volume of which nobody knows what it is, and the end of a disk."""
    names_in_use(data)
    for placed in (data, bytes(DEVICE - min(len(data), DEVICE)) + data[:DEVICE]):
        with _device(placed) as file:
            reader = Reader([file.fileno()], [DEVICE])
            recognise(reader, 0, DEVICE)
            recognise_backup(reader, 0, DEVICE)
            later_session(reader, 0, DEVICE)
            holds_table(reader, 0, DEVICE)
            member_of(reader, 4096)


def mft(data: bytes) -> None:
    """MFT records with their fix-ups made right, and a whole MFT of them."""
    for start in range(0, min(len(data), 16384), 1024):
        record = fixed_up(_with_fix_ups(data[start : start + 1024]))
        if record:
            list(attributes_in(record))
            list(pieces_in(record))
    list(listed_in(data[:4096]))
    boot = bytearray(512)
    boot[11:14], boot[64] = b"\x00\x02\x08", 0xF6
    records = b"".join(
        _with_fix_ups(data[start : start + 1024]) for start in range(0, min(len(data), 16384), 1024)
    )
    with _device(bytes(boot) + bytes(3584) + records) as file:
        table = Mft(Reader([file.fileno()], [DEVICE]), (Run(4096, 65536),), 65536)
        for address in range(4):
            table.streams(address)


def thumbnail_caches(data: bytes) -> None:
    """thumbcache_*.db and Thumbs.db."""
    cache = open_cache(InMemory(data), data[:4096])
    if cache is not None:
        for number, _ in enumerate(cache.parts()):
            if number > 10_000:
                raise AssertionError("a small file gives thumbnails without end")


def picture_caches(data: bytes) -> None:
    """Caches of browsers, phones and players, those that only a name tells among them."""
    for path in ("x/a_0", "cache2/entries/A1", "F1009_1.ithmb", "x.ithmb", ".thumbdata3-1"):
        cache = open_cache(InMemory(data), data[:4096], path, lambda _name, _most: data)
        given = sum(len(part.content) for part in cache.parts()) if cache else 0
        if given > 64 * len(data) + (1 << 20):
            raise AssertionError("a small file gives pictures without end")
    with_log(data, data, 1 << 20)


def mac_thumbnails(data: bytes) -> None:
    """index.sqlite of macOS' cache, over a thumbnails.data of zeros."""
    bitmaps = bitmaps_in(data)
    if bitmaps:
        list(QuickLook(InMemory(bytes(65536)), bitmaps).parts())


def thumbnails_inside(data: bytes) -> None:
    """Thumbnails in a picture, and what a Linux one says of its picture."""
    list(embedded(data))
    told = told_by(data)
    if told is not None:
        picture_path(told, "home/sam/.cache/thumbnails/normal/x.png")


def behind_pictures(data: bytes) -> None:
    """What lies in content besides the picture as which it begins; none overlaps another."""
    entry = FileEntry(id=1, volume_id="d0v1", path="a.jpg", size=len(data))
    carrier = Carrier(
        entry=entry, head=data[:65536], type=type_of(data[:65536]), content=InMemory(data),
        whole=data, beside=lambda _name, _most: b"",
    )  # fmt: skip
    at = 0
    for part in behind(carrier, Budget()):
        if data[part.offset : part.offset + part.extent] != part.content:
            raise AssertionError("a part is not what lies at its place")
        if not part.own:
            if part.offset < at:
                raise AssertionError("a part lies in another")
            at = part.offset + part.extent


def captures(data: bytes) -> None:
    """What a picture or video says of its making: it is what a worker may say, whatever it is."""
    head, further = data[:1024], InMemory(data).read_at
    for mime in ("image/x", "video/x"):
        told = capture_of(head, mime, further), position_of(head, mime, further)
        for value in filter(None, told):
            if msgspec.json.decode(msgspec.json.encode(value), type=type(value)) != value:
                raise AssertionError(f"{value} changes on its way")


def stand_ins(data: bytes) -> None:
    """The picture inside a camera's raw file or a drawing, and types by structure."""
    found = raw_of(data[:1024], len(data), InMemory(data).read_at)
    if found and found.jpeg and found.jpeg.offset + found.jpeg.length > len(data):
        raise AssertionError("a JPEG beyond the end")
    in_svg(data)
    in_eps(data)
    picture_type(data)


def dimensions(data: bytes) -> None:
    """What every kind of header claims."""
    for mime in sorted(DECODABLE):
        size_of(data, mime)


def video_types(data: bytes) -> None:
    """Whether a beginning is a video's, and AV1's units made a picture."""
    video_type(data)
    sound_alone(data[:1024], InMemory(data).read_at)
    sequence = sequence_in(data)
    if sequence is not None:
        size_of(as_avif(data, sequence), "image/avif")


def pictures(data: bytes) -> None:
    """A whole picture, decoded as its own type and hashed; small, as what is fuzzed is ours."""
    mime = type_of(data)
    if mime in DECODABLE:
        pdq(decode(data, mime, pixels_limit=2_000_000).pixels)


def odd_modes(data: bytes) -> None:
    """A picture of any of Pillow's modes, sizes and formats, chosen by the first bytes."""
    if len(data) < 8:
        return
    mode, form = MODES[data[0] % len(MODES)], FORMATS[data[1] % len(FORMATS)]
    width, height = 1 + data[2] + 256 * (data[3] & 1), 1 + data[4] + 256 * (data[5] & 1)
    file = io.BytesIO()
    try:
        _image(mode, width, height, data[6:]).save(file, form)
    except (OSError, ValueError, KeyError):
        return  # a format that has no such mode
    pictures(file.getvalue())


def _image(mode: str, width: int, height: int, data: bytes) -> Image.Image:
    chance = random.Random(data)
    if mode == "F":
        odd = np.frombuffer(chance.randbytes(4 * width * height), np.float32)
        return Image.fromarray(odd.reshape(height, width))
    each = {"I": 4, "I;16": 2}.get(mode, len(Image.new(mode, (1, 1)).getbands()))
    size = (width + 7) // 8 * height if mode == "1" else width * height * each
    return Image.frombytes(mode, (width, height), chance.randbytes(size))


def _device(data: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)  # noqa: S108, SIM115
    file.write(data[:DEVICE])
    file.truncate(DEVICE)
    file.flush()
    return file


def _with_fix_ups(record: bytes) -> bytes:
    """A record that claims to be whole."""
    made = bytearray(record.ljust(1024, b"\x00"))
    made[:8] = b"FILE\x30\x00\x03\x00"
    made[48:54] = made[510:512] + made[510:512] + made[1022:1024]
    made[1022:1024] = made[510:512]
    return bytes(made)


def _disk_heads() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ext_volume(folder / "v", 2 * MIB, {"a": b"a"})
        gpt_disk(folder / "gpt", [folder / "v"])
        mbr_disk(folder / "mbr", [folder / "v"] * 2, primary=1)
        return tuple((folder / kind).read_bytes()[:17408] for kind in ("gpt", "mbr"))


def _volume_heads() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ext_volume(folder / "ext", 2 * MIB, {"a": b"a"})
        ntfs_volume(folder / "ntfs", 4 * MIB, {"a": b"a"})
        exfat_volume(folder / "exfat", 4 * MIB, {"a": b"a"})
        fat_volume(folder / "fat", 40 * MIB, {"A": b"a"})
        return tuple(_head(path) for path in sorted(folder.iterdir()))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8192)


def _mft_records() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "ntfs")
        streams = {("a", f"s{n}"): b"%d" % n * 40 for n in range(60)}
        ntfs_volume(path, 8 * MIB, {"a": b"a", "b": b"b" * 9000}, streams=streams)
        raw = path.read_bytes()
    records = [
        raw[at : at + 1024] for at in range(0, len(raw), 1024) if raw[at : at + 4] == b"FILE"
    ]
    return (b"".join(records[24:40]), records[0])


def _small(form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((40, 30), 90).convert("RGB").save(file, form, **options)
    return file.getvalue()


def _pictures() -> tuple[bytes, ...]:
    return tuple(_small(form) for form in (*FORMATS, "AVIF"))


def _rarer_pictures() -> tuple[bytes, ...]:
    made = rarer(Image.effect_noise((80, 60), 90).convert("RGB"))
    return tuple(content for content in made.values() if len(content) < 60_000)


def _stand_ins() -> tuple[bytes, ...]:
    jpeg = _small("JPEG")
    cameras = (raws.tiff_based(jpeg, by="sub"), raws.canon_2(jpeg, jpeg), raws.canon_3(jpeg, jpeg),
               raws.fuji(jpeg), raws.panasonic(jpeg), raws.olympus(jpeg))  # fmt: skip
    drawings = (svg(("jpeg", jpeg)), eps(jpeg), dos_eps(_small("TIFF")))
    return (*(content[:8192] for content in cameras), *drawings)


def _with_thumbnails() -> tuple[bytes, ...]:
    told = making.linux_thumbnail(_small("PNG"), "file:///home/sam/a.jpg")
    exif = making.with_exif_thumbnail(_small("JPEG"), _small("JPEG"))
    return (told, exif, _small("JPEG"), _small("TIFF"))


def _with_others() -> tuple[bytes, ...]:
    jpeg, png = _small("JPEG"), _small("PNG")
    box = appending.heic_motion(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", jpeg * 2)
    named = (appending.micro_video(jpeg, jpeg * 2), appending.motion_photo(jpeg, png, jpeg))
    return (jpeg + png, png + jpeg, appending.mpo([jpeg, jpeg, png]), *named, box)


def _mac_index() -> tuple[bytes, ...]:
    index, data = making.quicklook([("a.jpg", "/Users/sam", _small("PNG"), 0x2002)])
    return (index if index.startswith(b"SQLite") else data,)


def _caches() -> tuple[bytes, ...]:
    one = {"a.jpg": _small("JPEG")}
    real = sorted(Path("build/thumbcaches").rglob("*.db"), key=os.path.getsize)
    return (making.thumbs_db(one), *(path.read_bytes()[:8192] for path in real[:4]))


def _picture_caches() -> tuple[bytes, ...]:
    one, address = _small("JPEG"), "https://example.org/a.jpg"
    head = len(making_caches.blob_cache({}))
    return (
        making_caches.chromium_entry(address, one),
        making_caches.chromium_pieces(address, [(0, one[:500]), (500, one[500:])]),
        making_caches.firefox_entry(address, one),
        making_caches.Blocks({address: one[:900]}).files()["data_1"],
        making_caches.blob_cache({"/local/image/item/1+1+1": one, "b": one})[: head + 4096],
        making_caches.thumbdata({0: one}),
        bytes(42 * 30 * 2) + one,
    )


def _containers() -> tuple[bytes, ...]:
    made = (*containers_made.plain().values(), *containers_made.locked().values())
    return tuple(content[:8192] for some in made for _, content in some)


def _choices() -> tuple[bytes, ...]:
    """Each mode as a TIFF."""
    return tuple(bytes([n, 1, 96, 0, 96, 0]) + mode.encode() for n, mode in enumerate(MODES))


def _harness(name: str, run: Callable[[bytes], None], seeds: Callable[[], tuple[bytes, ...]],
             *answers: type[Exception]) -> Harness:  # fmt: skip
    return Harness(name=name, run=run, seeds=seeds, answers=answers)


def _film_heads() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as folder:
        codecs = (("ts", "mp4v"), ("m2v", "mpg2"), ("rm", "RV20"), ("mpg", "mpg1"), ("mkv", "MJPG"),
                  ("swf", "FLV1"), ("wmv", "WMV2"), ("ogv", "VP80"), ("nut", "mp4v"))  # fmt: skip
        coded = [films.coded_anew(Path(folder), ending, codec) for ending, codec in codecs]
        bare = films.packed(Path(folder), "h264", "H264", films.film_packets())
    key = films.av1_units()[0]
    return tuple(each[:3000] for each in (films.film(), bare, key, films.ivf((key,)), *coded))


HARNESSES = (
    _harness("containers", containers, _containers),
    _harness("tables", tables, _disk_heads),
    _harness("signatures", signatures, _volume_heads),
    _harness("mft", mft, _mft_records),
    _harness("thumbnail_caches", thumbnail_caches, _caches, ContentError),
    _harness("picture_caches", picture_caches, _picture_caches, ContentError),
    _harness("mac_thumbnails", mac_thumbnails, _mac_index),
    _harness("thumbnails_inside", thumbnails_inside, _with_thumbnails),
    _harness("behind_pictures", behind_pictures, _with_others),
    _harness("captures", captures, lambda: tuple(captures_made.samples())),
    _harness("stand_ins", stand_ins, _stand_ins),
    _harness("dimensions", dimensions, lambda: (*_pictures(), *_rarer_pictures())),
    _harness("pictures", pictures, _pictures, UndecodableError),
    _harness("rarer_pictures", pictures, _rarer_pictures, UndecodableError),
    _harness("video_types", video_types, _film_heads),
    _harness("odd_modes", odd_modes, _choices, UndecodableError),
)  # fmt: skip
