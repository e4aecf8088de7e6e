"""A PDF's stream without what is wrapped round its content, in steps and within bounds.

Filters: ISO 32000-2, 7.4. Flate and LZW are undone here, step by step, so that what claims to
become gigabytes becomes as much as is asked for; the ASCII filters and run lengths, which cannot
grow far, by qpdf.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

from triage.members.inflating import BROKEN, inflated
from triage.members.lzw import lzw
from triage.members.member import MOST_AT_ONCE, DamagedError

UNKNOWN = "it is encoded in a way that nothing here reads"
TOO_LARGE = "it is larger than what is taken out of a document at once"
LARGEST = 256 * 1024 * 1024
"""Of a stream as it lies there, and of what stands between two filters, bytes."""
PICTURES = {"/DCTDecode": "jpg", "/JPXDecode": "jp2"}
"""Filters that are no wrapping, but the picture's own encoding."""
PIXELS = frozenset({"/CCITTFaxDecode", "/JBIG2Decode"})
_SHORT = {"/Fl": "/FlateDecode", "/LZW": "/LZWDecode", "/A85": "/ASCII85Decode",
          "/AHx": "/ASCIIHexDecode", "/RL": "/RunLengthDecode", "/DCT": "/DCTDecode",
          "/CCF": "/CCITTFaxDecode"}  # fmt: skip
_BY_QPDF = frozenset({"/ASCII85Decode", "/ASCIIHexDecode", "/RunLengthDecode"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """The filters of a stream, the outermost first, and what each is told."""

    filters: tuple[str, ...]
    told: tuple[dict[str, int], ...] = field(repr=False)

    @property
    def picture(self) -> str:
        """Ending of the name of the picture that its content is; empty if it is none."""
        return PICTURES.get(self.filters[-1], "") if self.filters else ""

    @property
    def is_pixels(self) -> bool:
        """Whether its content is encoded pixels that no file has as they are."""
        return bool(PIXELS.intersection(self.filters))


def wrapping_of(stream: pikepdf.Object) -> Wrapping:
    """As the stream's dictionary has it; what is odd there counts as nothing."""
    filters = tuple(_SHORT.get(str(each), str(each)) for each in _listed(stream.get("/Filter")))
    told = [_numbers(each) for each in _listed(stream.get("/DecodeParms"))]
    told += [{}] * (len(filters) - len(told))
    return Wrapping(filters=filters, told=tuple(told[: len(filters)]))


def unwrapped(raw: bytes, wrapping: Wrapping) -> Iterator[bytes]:
    """The content, at most MOST_AT_ONCE bytes a step. Raises DamagedError, also in between."""
    pieces = _cut(raw)
    for name, told in zip(wrapping.filters, wrapping.told, strict=True):
        if name in PICTURES:
            break
        pieces = _without(name, told, pieces)
    return pieces


def _without(name: str, told: dict[str, int], pieces: Iterator[bytes]) -> Iterator[bytes]:
    if name in ("/FlateDecode", "/LZWDecode") and told.get("/Predictor", 1) > 1:
        return _by_qpdf(name, told, pieces)
    if name == "/FlateDecode":
        return inflated(pieces)
    if name == "/LZWDecode":
        return _from_lzw(told.get("/EarlyChange", 1), pieces)
    if name in _BY_QPDF:
        return _by_qpdf(name, {}, pieces)
    if name == "/Crypt":
        return pieces
    raise DamagedError(UNKNOWN)


def _by_qpdf(name: str, told: dict[str, int], pieces: Iterator[bytes]) -> Iterator[bytes]:
    data = _joined(pieces)
    with pikepdf.new() as scratch:
        stream = scratch.make_stream(data)
        stream["/Filter"] = pikepdf.Name(name)
        if told:
            stream["/DecodeParms"] = pikepdf.Dictionary(told)
        try:
            out = stream.read_bytes(pikepdf.StreamDecodeLevel.specialized)
        except pikepdf.PikepdfError as error:
            raise DamagedError(BROKEN) from error
    yield from _cut(out)


def _from_lzw(early: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield from lzw(_joined(pieces), early)


def _joined(pieces: Iterator[bytes]) -> bytes:
    out = bytearray()
    for piece in pieces:
        out += piece
        if len(out) > LARGEST:
            raise DamagedError(TOO_LARGE)
    return bytes(out)


def _cut(data: bytes) -> Iterator[bytes]:
    return (data[at : at + MOST_AT_ONCE] for at in range(0, len(data), MOST_AT_ONCE))


def _listed(value: object) -> list[object]:
    """One thing, or an array of them."""
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def _numbers(value: object) -> dict[str, int]:
    """What is a number in a dictionary."""
    pairs: list[tuple[str, object]] = []
    if isinstance(value, pikepdf.Dictionary):
        pairs += value.items()
    return {key: each for key, each in pairs if isinstance(each, int)}
