"""Makes PDFs by qpdf, with what is asked for in them."""

import base64
import io
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pikepdf
from pikepdf import (
    Array,
    AttachedFileSpec,
    Dictionary,
    Encryption,
    Name,
    ObjectStreamMode,
    Pdf,
)
from PIL import Image

__all__ = ["Encryption", "ObjectStreamMode"]

WRAPPINGS = {
    "plain": (),
    "flate": ("/FlateDecode",),
    "ascii85": ("/ASCII85Decode",),
    "hex": ("/ASCIIHexDecode",),
    "lzw": ("/LZWDecode",),
    "run lengths": ("/RunLengthDecode",),
    "three": ("/ASCII85Decode", "/LZWDecode", "/FlateDecode"),
}
"""What may be wrapped round a picture, the outermost first."""


def lzw(data: bytes) -> bytes:
    """As PDF and TIFF have it, codes growing one early."""
    out, held, bits = bytearray(), 0, 0
    table: dict[bytes, int] = {}
    width, current = 9, b""

    def put(code: int) -> None:
        nonlocal held, bits
        held, bits = held << width | code, bits + width
        while bits >= 8:
            bits -= 8
            out.append(held >> bits & 255)
        held &= (1 << bits) - 1

    def clear() -> None:
        nonlocal table, width
        put(256)
        table, width = {bytes([value]): value for value in range(256)}, 9

    clear()
    for byte in data:
        longer = current + bytes([byte])
        if longer in table:
            current = longer
            continue
        put(table[current])
        table[longer] = len(table) + 2
        width += len(table) + 2 >= 1 << width and width < 12
        current = bytes([byte])
        if len(table) + 2 > 4094:
            put(table[current])
            current = b""
            clear()
    if current:
        put(table[current])
    put(257)
    return bytes(out) + bytes([held << 8 - bits & 255]) if bits else bytes(out)


def _run_lengths(data: bytes) -> bytes:
    pieces = (data[at : at + 128] for at in range(0, len(data), 128))
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces) + b"\x80"


_WRAP: dict[str, Callable[[bytes], bytes]] = {
    "/FlateDecode": zlib.compress,
    "/ASCII85Decode": lambda data: base64.a85encode(data) + b"~>",
    "/ASCIIHexDecode": lambda data: data.hex().encode() + b">",
    "/LZWDecode": lzw,
    "/RunLengthDecode": _run_lengths,
}


def wrapped(data: bytes, filters: tuple[str, ...]) -> bytes:
    """So that these filters, one after the other, give it back."""
    for name in reversed(filters):
        data = _WRAP[name](data)
    return data


def picture(pdf: Pdf, data: bytes, filters: tuple[str, ...], **more: Any) -> pikepdf.Stream:
    """A picture's object; `data` as it lies in the file."""
    told = {"Width": 200, "Height": 150, "ColorSpace": Name.DeviceRGB, "BitsPerComponent": 8}
    stream = pdf.make_stream(data, Type=Name.XObject, Subtype=Name.Image, **(told | more))
    if filters:
        stream["/Filter"] = Array([Name(each) for each in filters])
    return stream


def with_jpegs(jpegs: Mapping[str, bytes], **save: Any) -> bytes:
    """A page that shows each, wrapped as its name of WRAPPINGS says."""
    pdf, shown = _with_a_page()
    for number, (how, jpeg) in enumerate(jpegs.items()):
        filters = WRAPPINGS[how]
        data = wrapped(jpeg, filters)
        shown[f"/P{number}"] = picture(pdf, data, (*filters, "/DCTDecode"))
    drawn = b" ".join(b"/P%d Do" % number for number in range(len(jpegs)))
    pdf.pages[0].obj["/Contents"].write(b"q 300 0 0 300 0 0 cm " + drawn + b" Q")
    return saved(pdf, **save)


def with_pixels(image: Image.Image, **save: Any) -> bytes:
    """A page that shows pixels without a picture's encoding."""
    pdf, shown = _with_a_page()
    width, height = image.size
    data = zlib.compress(image.convert("RGB").tobytes())
    shown["/P"] = picture(pdf, data, ("/FlateDecode",), Width=width, Height=height)
    return saved(pdf, **save)


def with_inline(jpeg: bytes, **save: Any) -> bytes:
    """A page among whose operators a picture stands."""
    pdf, _ = _with_a_page()
    told = b"/W 200 /H 150 /BPC 8 /CS /RGB /F /DCT"
    pdf.pages[0].obj["/Contents"] = pdf.make_stream(b"q BI " + told + b" ID " + jpeg + b"\nEI Q")
    return saved(pdf, **save)


def with_files(files: Mapping[str, bytes], **save: Any) -> bytes:
    """Files are embedded."""
    pdf, _ = _with_a_page()
    for name, content in files.items():
        pdf.attachments[name] = AttachedFileSpec(pdf, content, filename=name)
    return saved(pdf, **save)


def saved(pdf: Pdf, **save: Any) -> bytes:
    """The file."""
    out = io.BytesIO()
    pdf.save(out, **save)
    return out.getvalue()


def _with_a_page() -> tuple[Pdf, pikepdf.Object]:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(300, 300))
    page.obj["/Resources"] = Dictionary(XObject=Dictionary())
    return pdf, page.obj["/Resources"]["/XObject"]
