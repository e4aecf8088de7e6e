"""Files that are plainly no image of a disk: pictures, archives, documents, texts, told by magic.

Only what can hardly be mistaken counts, for whoever names such a file is refused: the bytes that
are looked for are four or more, or others must fit them. All else, noise and zeros too, may be an
image. Compared byte by byte, never parsed: this runs where nothing of a suspect's is parsed.
"""

import codecs
import struct
from dataclasses import dataclass

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class OtherFile:
    """What a file is instead, and what to do with it."""

    what: str
    """With its article: `a JPEG picture`."""
    hint: str


def _among(what: str, many: str) -> OtherFile:
    return OtherFile(what, f"To look at {many}, give the folder that they lie in.")


def _picture(kind: str) -> OtherFile:
    return _among(f"{'an' if kind[0] == 'A' else 'a'} {kind} picture", "pictures")


def _video(kind: str) -> OtherFile:
    return _among(f"a video ({kind})", "videos")


def _archive(what: str) -> OtherFile:
    hint = "Unpack it, and give the folder with what was inside, or the image that was."
    return OtherFile(what, hint)


def _document(what: str) -> OtherFile:
    return _among(what, "documents")


_HASH_SET = "A hash set is given with --hash-set."
_SOUND = _among("a sound recording", "such files")
_PROGRAM = _among("a program", "programs")
_TEXT = OtherFile("a text", "A list of digests is given with --hash-set. To look at texts, give "
                  "the folder that they lie in.")  # fmt: skip
_JPEG = _picture("JPEG")

_MAGIC: tuple[tuple[int, bytes, OtherFile], ...] = (
    *(
        (0, b"\xff\xd8\xff" + bytes((marker,)), _JPEG)
        for marker in (0xC0, 0xC2, 0xC4, 0xDB, 0xDD, *range(0xE0, 0xF0), 0xFE)
    ),
    (0, b"\x89PNG\r\n\x1a\n", _picture("PNG")),
    (0, b"GIF87a", _picture("GIF")),
    (0, b"GIF89a", _picture("GIF")),
    (0, b"8BPS\x00", _picture("Photoshop")),
    (0, b"gimp xcf ", _picture("GIMP")),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", _picture("JPEG XL")),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", _picture("JPEG 2000")),
    (0, b"FUJIFILMCCD-RAW", _picture("raw")),
    (0, b"\x1aE\xdf\xa3", _video("Matroska, WebM")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _video("Windows Media")),
    (0, b"\x00\x00\x01\xba", _video("MPEG")),
    (0, b"FLV\x01", _video("Flash")),
    (0, b".RMF\x00\x00", _video("RealMedia")),
    (0, b"OggS\x00", _SOUND),
    (0, b"fLaC", _SOUND),
    (0, b"ID3\x03", _SOUND),
    (0, b"ID3\x04", _SOUND),
    (0, b"PK\x03\x04", _archive("a zip archive, or a document or program packed as one")),
    (0, b"PK\x05\x06", _archive("an empty zip archive")),
    (0, b"Rar!\x1a\x07", _archive("a RAR archive")),
    (0, b"MSCF\x00\x00\x00\x00", _archive("a cabinet archive")),
    (0, b"MSWIM\x00\x00\x00", _archive("an archive of files (WIM)")),
    (257, b"ustar", _archive("a tar archive")),
    (0, b"%PDF-", _document("a PDF document")),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _document("an Office document")),
    (0, b"{\\rtf", _document("a text document (RTF)")),
    (0, b"!BDN", _among("a mailbox (Outlook)", "mail")),
    (0, b"SQLite format 3\x00", _among("a database (SQLite)", "databases")),
    (0, b"SEEKSET\x01", OtherFile("a hash set", _HASH_SET)),
    (0, b"\x7fELF\x01\x01\x01", _PROGRAM),
    (0, b"\x7fELF\x02\x01\x01", _PROGRAM),
    (0, b"regf", _among("a part of the Windows registry", "such files")),
)
"""Where it is, the bytes, what has them there."""

_BRANDS = {
    b"hei": _picture("HEIC"), b"hev": _picture("HEIC"), b"mif": _picture("HEIF"),
    b"msf": _picture("HEIF"), b"avi": _picture("AVIF"), b"crx": _picture("raw"),
    b"qt ": _video("QuickTime"), b"M4A": _SOUND, b"M4B": _SOUND,
}  # fmt: skip
"""The first three letters of an ISO base media file's major brand; any other is a video."""
_RIFF = {b"WEBP": _picture("WebP"), b"AVI ": _video("AVI"), b"WAVE": _SOUND}
_BITMAP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_TIFF, _BIG_TIFF = 42, 43
_RAW_VERSIONS = frozenset({0x4F52, 0x5352, 0x55})
"""What Olympus and Panasonic write in place of TIFF's 42."""
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))
_FEWEST_LETTERS = 8
"""Different ones in a text; what a disk was wiped with has fewer."""


def other_file(head: bytes, size: int) -> OtherFile | None:
    """What a file of `size` bytes that begins with `head` is instead of an image of a disk.

    None: nothing that is told here. HEAD_BYTES of it are enough.
    """
    for place, magic, found in _MAGIC:
        if head[place : place + len(magic)] == magic:
            return found
    told = (test(head, size) for test in _TESTS)
    return next(filter(None, told), None)


def _iso_media(head: bytes, _size: int) -> OtherFile | None:
    """ISO/IEC 14496-12: a first box `ftyp`, and a short one."""
    if head[4:8] != b"ftyp" or not 16 <= int.from_bytes(head[:4], "big") <= 1024:
        return None
    return _BRANDS.get(head[8:11], _video("MP4"))


def _riff(head: bytes, _size: int) -> OtherFile | None:
    return _RIFF.get(head[8:12]) if head[:4] == b"RIFF" else None


def _bitmap(head: bytes, size: int) -> OtherFile | None:
    """`BM`, a header of a length that exists, and pixels that begin behind it in the file."""
    if head[:2] != b"BM" or head[6:10] != bytes(4) or len(head) < 18:
        return None
    pixels, header = struct.unpack_from("<II", head, 10)
    return _picture("BMP") if header in _BITMAP_HEADERS and 14 + header <= pixels < size else None


def _tiff(head: bytes, size: int) -> OtherFile | None:
    """TIFF 6.0 and BigTIFF: the first directory begins inside the file, on an even byte."""
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 16:
        return None
    version, first = struct.unpack_from(order + "HI", head, 2)
    if version == _BIG_TIFF:
        first = struct.unpack_from(order + "Q", head, 8)[0]
    known = version in (_TIFF, _BIG_TIFF) or version in _RAW_VERSIONS
    return _picture("TIFF or raw") if known and 8 <= first < size and first % 2 == 0 else None


def _transport(head: bytes, _size: int) -> OtherFile | None:
    """ISO/IEC 13818-1: packets of 188 bytes, each behind 4 more in a camera's files."""
    packets = ((0, 188), (4, 192))
    alike = (head[first::step][:8] == b"G" * 8 for first, step in packets)
    return _video("MPEG") if any(alike) else None


def _windows(head: bytes, _size: int) -> OtherFile | None:
    """`MZ`, and `PE` where it says."""
    at = int.from_bytes(head[60:64], "little")
    return _PROGRAM if head[:2] == b"MZ" and head[at : at + 4] == b"PE\0\0" else None


def _text(head: bytes, _size: int) -> OtherFile | None:
    """No byte, or letter of UTF-16 with its mark, that texts do not have; and enough others."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            head = _letters(head[2:], encoding)
    plain = head.translate(None, _CONTROLS) == head
    return _TEXT if plain and len(set(head)) >= _FEWEST_LETTERS else None


def _letters(raw: bytes, encoding: str) -> bytes:
    """As UTF-8; nothing if they are none. The end may cut one in two."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(raw).encode()
    except UnicodeDecodeError:
        return b""


_TESTS = (_iso_media, _riff, _bitmap, _tiff, _transport, _windows, _text)
