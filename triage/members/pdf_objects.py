"""The objects of a PDF, one after the other, as its table of them has them.

Format: ISO 32000-2: 7.3.8 streams, 7.11.4 embedded files, 8.9.5 pictures, 8.9.7 inline pictures.
The table is gone through by number, so that neither a loop among objects nor a depth of them costs
anything; what no page shows is found like everything else.
"""

import io
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import BinaryIO, cast

import pikepdf
from PIL import Image

from triage.media.ends import BEGINNING
from triage.members.as_file import ReadAsFile
from triage.members.member import ContainerBytes, DamagedError, LockedError, Member, Opening
from triage.members.pdf_streams import (
    LARGEST,
    TOO_LARGE,
    Wrapping,
    unwrapped,
    wrapping_of,
)

NO_PDF = "it holds together nowhere as a PDF"
TOO_LONG = "a drawing in it is larger than what is searched for pictures"
ODD_OBJECTS = "objects in it are damaged: what could be made sense of was looked at"
MENDED = "its table of objects is broken: what could be found of it was looked at"
NOT_READ = "its content cannot be read"
NOT_RENDERED = "its pixels cannot be made out"
_MOST_WARNINGS = 10_000
_MOST_PIXELS = 100_000_000
_LEAST_SIDE = 8
"""Of pixels that are rendered: less is a line or a dot, and no picture."""
_LARGEST_DRAWING = 64 * 1024 * 1024
"""Of a stream of drawing operators that is searched for inline pictures, bytes."""
_BETWEEN_LOOKS = 128
"""Objects; then the clock is looked at."""
_BUFFER = 256 * 1024
_INLINE = re.compile(rb"(?:^|[\s\]>)])BI\s")
_NOT_DRAWN = frozenset({"/XRef", "/ObjStm", "/Metadata", "/CMap", "/Sound", "/Movie"})
_ODD = (pikepdf.PikepdfError, ValueError, TypeError, AttributeError, KeyError, IndexError,
        OverflowError, NotImplementedError, OSError, RuntimeError, zlib.error)  # fmt: skip
"""What pikepdf and Pillow raise of a document that was made to be odd. Memory is not among it."""

Number = tuple[int, int]
"""Of an object, and its generation."""


def warm_up() -> None:
    """Whatever is loaded at the first picture is; and qpdf's own limits are set."""
    logging.getLogger("pikepdf").setLevel(logging.CRITICAL)  # what is odd is counted
    pikepdf.settings.set_qpdf_limits(
        doc_max_warnings=_MOST_WARNINGS,
        flate_max_memory=2 * LARGEST,
        png_max_memory=2 * LARGEST,
        tiff_max_memory=2 * LARGEST,
        run_length_max_memory=LARGEST,
    )
    Image.init()
    with pikepdf.new() as pdf:
        picture = pdf.make_stream(
            bytes(12), Subtype=pikepdf.Name.Image, Width=2, Height=2, BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceRGB,
        )  # fmt: skip
        b"".join(_rendered(pikepdf.PdfImage(picture)))
        drawn = b"BI /W 4 /H 4 /BPC 8 /CS /G /F /AHx ID " + b"80" * 16 + b"> EI"
        for inline in _inline_in(pdf.make_stream(drawn)):
            b"".join(_rendered(inline))
        pdf.add_blank_page()
        locked = io.BytesIO()
        pdf.save(locked, encryption=pikepdf.Encryption(owner="owner", user=""))
    with pikepdf.open(locked) as pdf:
        pdf.get_xref_table()


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """See `pdfs.members`."""
    file = cast("BinaryIO", io.BufferedReader(ReadAsFile(content), _BUFFER))
    with _opened(file, opening) as pdf:
        objects = _Objects(pdf, opening.goes_on)
        yield from objects.members()
        if any("reconstruct" in warning for warning in pdf.get_warnings()):
            raise DamagedError(MENDED)
        if objects.odd:
            raise DamagedError(ODD_OBJECTS)


def _opened(file: BinaryIO, opening: Opening) -> pikepdf.Pdf:
    for number, password in chain([(-1, "")], opening.words()):
        file.seek(0)
        try:
            pdf = pikepdf.open(file, password=password, inherit_page_attributes=False)
        except pikepdf.PasswordError:
            continue
        except _ODD as error:
            raise DamagedError(NO_PDF) from error
        if number >= 0:
            opening.opens(number)
        return pdf
    raise LockedError


@dataclass(slots=True)
class _Objects:
    """One document's objects, and which are to be looked at once all were seen."""

    pdf: pikepdf.Pdf
    goes_on: Callable[[], bool]
    _files: dict[Number, str] = field(default_factory=dict)
    """Embedded files, and how they are called."""
    _masks: set[Number] = field(default_factory=set)
    """Pictures that say how transparent another one is."""
    _pixels: list[Number] = field(default_factory=list)
    _others: list[Number] = field(default_factory=list)
    """Streams that may hold inline pictures, or be a picture themselves and not say so."""
    odd: bool = False
    """One of them could not be made sense of, and was left out."""

    def _numbers(self) -> list[Number]:
        try:
            return sorted(self.pdf.get_xref_table())
        except _ODD as error:
            raise DamagedError(NO_PDF) from error

    def members(self) -> Iterator[Member]:
        for number in self._numbers():
            if number[0] % _BETWEEN_LOOKS == 0 and not self.goes_on():
                return
            found = self._object(number)
            if isinstance(found, pikepdf.Stream):
                yield from self._fenced(self._stream(number, found))
            elif isinstance(found, pikepdf.Dictionary):
                yield from self._fenced(self._noted(found))
        for number, name in self._files.items():
            yield from self._fenced(self._file(number, name))
        for number in self._others:
            if not self.goes_on():
                return
            if number not in self._files:
                yield from self._fenced(self._in_other(number))
        for number in self._pixels:
            if number not in self._masks:
                yield from self._fenced(self._picture_of(number))

    def _fenced(self, found: Iterator[Member]) -> Iterator[Member]:
        try:
            yield from found
        except (*_ODD, DamagedError):
            self.odd = True

    def _object(self, number: Number) -> pikepdf.Object | None:
        try:
            return self.pdf.get_object(number)
        except _ODD:
            self.odd = True
            return None

    def _stream_of(self, number: Number) -> pikepdf.Object | None:
        found = self._object(number)
        return found if isinstance(found, pikepdf.Stream) else None

    def _stream(self, number: Number, stream: pikepdf.Object) -> Iterator[Member]:
        self._note_mask(stream)
        wrapping = wrapping_of(stream)
        if stream.get("/Type") == "/EmbeddedFile":
            self._files.setdefault(number, "")
        elif wrapping.picture:
            yield self._member(stream, f"object {number[0]}.{wrapping.picture}")
        elif stream.get("/Subtype") == "/Image" or wrapping.is_pixels:
            if _is_picture(stream):
                self._pixels.append(number)
        else:
            self._others.append(number)

    def _file(self, number: Number, name: str) -> Iterator[Member]:
        stream = self._stream_of(number)
        if stream is not None:
            yield self._member(stream, name or f"embedded file {number[0]}")

    def _noted(self, found: pikepdf.Object) -> Iterator[Member]:
        """A file specification names the stream that a file is in."""
        files = found.get("/EF")
        if not isinstance(files, pikepdf.Dictionary):
            return
        name = next((str(found[key]) for key in ("/UF", "/F") if key in found), "")
        for file in files.values():
            if isinstance(file, pikepdf.Stream):
                number = file.objgen
                self._files[number] = self._files.get(number) or name
        yield from ()

    def _note_mask(self, stream: pikepdf.Object) -> None:
        for key in ("/SMask", "/Mask"):
            mask = stream.get(key)
            if isinstance(mask, pikepdf.Stream):
                self._masks.add(mask.objgen)

    def _member(self, stream: pikepdf.Object, name: str) -> Member:
        wrapping = wrapping_of(stream)
        return Member(name=name, chunks=lambda: unwrapped(_raw(stream), wrapping))

    def _in_other(self, number: Number) -> Iterator[Member]:
        stream = self._stream_of(number)
        if stream is None:
            return
        wrapping = wrapping_of(stream)
        try:
            head = next(unwrapped(_raw(stream), wrapping), b"")
        except DamagedError:
            self.odd = True
            return
        if BEGINNING.match(head):
            yield self._member(stream, f"object {number[0]}")
        elif stream.get("/Type") not in _NOT_DRAWN and "/Length1" not in stream:
            yield from self._inline(number, stream, wrapping)

    def _inline(
        self, number: Number, stream: pikepdf.Object, wrapping: Wrapping
    ) -> Iterator[Member]:
        if not _draws_pictures(stream, wrapping):
            return
        for place, picture in enumerate(_inline_in(stream), 1):
            name = f"object {number[0]}, inline picture {place}"
            inside = _inline_wrapping(picture)
            if inside.picture:
                chunks = partial(_inline_content, picture, inside)
                yield Member(name=f"{name}.{inside.picture}", chunks=chunks)
            elif _is_picture(picture.obj):
                yield _made(name, partial(_rendered, picture))

    def _picture_of(self, number: Number) -> Iterator[Member]:
        stream = self._stream_of(number)
        if stream is None:
            return
        yield _made(f"object {number[0]}", partial(_rendered_stream, stream))


def _made(name: str, chunks: Callable[[], Iterator[bytes]]) -> Member:
    return Member(name=f"{name}, rendered.png", rendered=True, chunks=chunks)


def _is_picture(described: pikepdf.Object) -> bool:
    """Of pixels: no stencil, and large enough."""
    sides: list[object] = [described.get(each) for each in ("/Width", "/Height")]
    large = all(isinstance(side, int) and side >= _LEAST_SIDE for side in sides)
    return large and str(described.get("/ImageMask")) != "True"


def _raw(stream: pikepdf.Object) -> bytes:
    length: object = stream.get("/Length")
    if isinstance(length, int) and length > LARGEST:
        raise DamagedError(TOO_LARGE)
    try:
        return stream.read_raw_bytes()
    except _ODD as error:
        raise DamagedError(NOT_READ) from error


def _draws_pictures(stream: pikepdf.Object, wrapping: Wrapping) -> bool:
    """Whether an inline picture may be among a stream's operators. Raises DamagedError where none
    was found before it is broken, or too long."""
    taken, tail = 0, b""
    for piece in unwrapped(_raw(stream), wrapping):
        if _INLINE.search(tail + piece):
            return True
        taken, tail = taken + len(piece), piece[-4:]
        if taken > _LARGEST_DRAWING:
            raise DamagedError(TOO_LONG)
    return False


def _inline_in(stream: pikepdf.Object) -> Iterator[pikepdf.PdfInlineImage]:
    """Raises DamagedError."""
    try:
        instructions = pikepdf.parse_content_stream(stream, operators="BI ID EI")
    except _ODD as error:
        raise DamagedError(NOT_READ) from error
    for each in instructions:
        if isinstance(each, pikepdf.ContentStreamInlineImage):
            yield each.iimage


def _inline_wrapping(picture: pikepdf.PdfInlineImage) -> Wrapping:
    try:
        return wrapping_of(picture.obj)
    except _ODD:
        return Wrapping(filters=(), told=())


def _inline_content(picture: pikepdf.PdfInlineImage, wrapping: Wrapping) -> Iterator[bytes]:
    try:
        raw = picture.read_raw_bytes()
    except _ODD as error:
        raise DamagedError(NOT_READ) from error
    bare = raw.rstrip()  # the blank in front of the operator that ends it
    yield from unwrapped(bare if bare.endswith(b"\xff\xd9") else raw, wrapping)


def _rendered_stream(stream: pikepdf.Object) -> Iterator[bytes]:
    try:
        picture = pikepdf.PdfImage(cast("pikepdf.Stream", stream))
    except _ODD as error:
        raise DamagedError(NOT_RENDERED) from error
    yield from _rendered(picture)


def _rendered(picture: "pikepdf.PdfImage | pikepdf.PdfInlineImage") -> Iterator[bytes]:
    """A PNG of its pixels."""
    file = io.BytesIO()
    try:
        if not 0 < picture.width * picture.height <= _MOST_PIXELS:
            raise DamagedError(TOO_LARGE)
        picture.as_pil_image().save(file, "PNG", compress_level=1)
    except _ODD as error:
        raise DamagedError(NOT_RENDERED) from error
    file.seek(0)
    while piece := file.read(1024 * 1024):
        yield piece
