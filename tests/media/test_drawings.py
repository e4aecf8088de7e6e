"""Pictures inside drawings are taken out of them, and what cannot be is said."""

import base64
import random

import pytest

from tests.guises import making
from triage.media.drawings import in_eps, in_svg

JPEG = making.jpeg_of(making.photograph().resize((300, 200)))
PNG = making.saved(making.other().resize((60, 40)), "PNG")
TEXT = base64.b64encode(JPEG)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.rstrip(b"="),
        base64.encodebytes(JPEG),
        b"&#10;".join(TEXT[at : at + 76] for at in range(0, len(TEXT), 76)),
        TEXT.replace(b"+", b"%2B").replace(b"/", b"%2f"),
        TEXT.replace(b"+", b"-").replace(b"/", b"_"),
        TEXT + b"&quot;",
    ],
    ids=["plain", "unpadded", "lines", "entities", "escaped", "for addresses", "quoted"],
)
def test_a_picture_in_svg_is_taken_out_however_it_is_written(text: bytes) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/jpeg;base64,'
    found = in_svg(drawing + text + b'"/></svg>')
    assert [each.content for each in found.found] == [JPEG]
    assert found.found[0].offset == len(drawing)
    assert not found.more


def test_of_several_the_largest_comes_first_and_those_of_another_form_are_said() -> None:
    found = in_svg(making.svg(("png", PNG), ("jpeg", JPEG)))
    assert [each.content for each in found.found] == [JPEG, PNG]
    assert not found.more
    assert in_svg(b"<svg><image href='data:image/png,%89PNG%0D'/></svg>").more


def test_a_drawing_without_pictures_has_none() -> None:
    for drawing in (b"<svg><path d='M0 0'/></svg>", b"<svg>data:image/svg+xml;base64,AAAA</svg>"):
        assert in_svg(drawing) == in_svg(b"")
    vector = (
        b"%!PS-Adobe-3.0 EPSF-3.0\n/colorimage where { pop } if\n0 0 moveto 9 9 lineto stroke\n"
    )
    found = in_eps(vector)
    assert (found.found, found.more, found.preview) == ((), False, None)


def test_eps_gives_its_jpegs_and_its_preview() -> None:
    (raster,) = in_eps(making.eps(JPEG)).found
    assert raster.content.startswith(JPEG)
    (raster,) = in_eps(making.eps(base64.a85encode(JPEG, wrapcol=70) + b"~>")).found
    assert raster.content == JPEG
    preview = making.saved(making.photograph().resize((90, 60)), "TIFF")
    found = in_eps(making.dos_eps(preview))
    assert found.preview is not None
    assert found.preview.content == preview
    assert in_eps(making.saved(making.photograph().resize((90, 60)), "EPS")).more


def test_a_preview_beyond_the_end_and_text_that_is_none_give_nothing() -> None:
    cut = making.dos_eps(b"II*\x00" + bytes(900))[:60]
    assert in_eps(cut).preview is None
    assert in_eps(b"%!PS-Adobe EPSF\ns4IA" + b"\x01" * 90 + b"~>").found == ()


def test_many_pictures_are_bounded() -> None:
    text = b"data:image/png;base64,%s " % base64.b64encode(PNG)
    assert len(in_svg(b"<svg>" + text * 200).found) == 64
    assert len(in_eps(b"%!PS" + (b"\xff\xd8\xff" + bytes(200) + b"\xff\xd9") * 500).found) == 64


def test_flipped_bits_raise_nothing() -> None:
    chance = random.Random(4)
    drawings = (making.svg(("jpeg", JPEG), ("png", PNG)), making.eps(JPEG), making.dos_eps(PNG))
    for _ in range(60):
        content = bytearray(chance.choice(drawings))
        for _ in range(chance.randint(1, 9)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        for found in (in_svg(bytes(content)), in_eps(bytes(content))):
            assert len(found.found) <= 64
