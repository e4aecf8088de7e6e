"""PDFs give the pictures and files that are in them, as they are; hostile ones are survived."""

import hashlib
import io
import subprocess
import sys
import zlib
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Encryption, Name, ObjectStreamMode
from PIL import Image

from tests.demo import photographs
from tests.members import making_pdfs as making
from tests.parts import appending
from triage.media.window import InMemory
from triage.members import pdf_objects, pdf_streams, pdfs
from triage.members.member import DamagedError, LockedError, Opening
from triage.members.pdf_objects import NO_PDF, ODD_OBJECTS

PIXELS = Image.open(io.BytesIO(photographs()[0])).convert("RGB").resize((200, 150))
JPEG = appending.encoded(PIXELS, "JPEG", quality=90)


@pytest.fixture(scope="module", autouse=True)
def _ready() -> None:
    assert pdfs.make_ready()


def taken(content: bytes, *passwords: str) -> dict[str, bytes]:
    """Name to content."""
    opening = Opening(kind="pdf", passwords=passwords)
    return {
        member.name: b"".join(member.chunks())
        for member in pdfs.members(InMemory(content), opening)
    }


def until_damaged(content: bytes) -> tuple[dict[str, bytes], str]:
    """Likewise, and why it ended."""
    out: dict[str, bytes] = {}
    try:
        for member in pdfs.members(InMemory(content), Opening(kind="pdf")):
            try:
                out[member.name] = b"".join(member.chunks())
            except DamagedError as error:
                out[member.name] = error.reason.encode()
    except DamagedError as error:
        return out, error.reason
    return out, ""


@pytest.mark.parametrize("how", making.WRAPPINGS)
def test_a_jpeg_comes_out_byte_for_byte_whatever_is_wrapped_round_it(how: str) -> None:
    ((name, content),) = taken(making.with_jpegs({how: JPEG})).items()
    assert name.endswith(".jpg")
    assert hashlib.sha256(content).digest() == hashlib.sha256(JPEG).digest()


def test_our_lzw_is_qpdfs() -> None:
    with pikepdf.new() as pdf:
        stream = pdf.make_stream(making.lzw(JPEG), Filter=Name.LZWDecode)
        assert stream.read_bytes() == JPEG


@pytest.mark.parametrize("mode", [ObjectStreamMode.generate, ObjectStreamMode.disable])
def test_pictures_of_a_pdf_with_object_streams_come_out(mode: ObjectStreamMode) -> None:
    content = making.with_jpegs({"plain": JPEG}, object_stream_mode=mode)
    assert list(taken(content).values()) == [JPEG]


def test_jpeg_2000_comes_out_as_it_is() -> None:
    out = io.BytesIO()
    PIXELS.save(out, "JPEG2000")
    with pikepdf.new() as pdf:
        pdf.add_blank_page().obj["/P"] = making.picture(pdf, out.getvalue(), ("/JPXDecode",))
        ((name, content),) = taken(making.saved(pdf)).items()
    assert (name.rpartition(".")[2], content) == ("jp2", out.getvalue())


def test_a_picture_among_the_operators_of_a_page_comes_out() -> None:
    ((name, content),) = taken(making.with_inline(JPEG)).items()
    assert "inline" in name
    assert content == JPEG


def test_embedded_files_come_out_by_their_names() -> None:
    files = {"Grüße.jpg": JPEG, "letters.zip": b"PK\x05\x06" + bytes(18)}
    assert taken(making.with_files(files)) == files


def test_a_picture_in_a_stream_that_says_nothing_is_found() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page().obj["/Hidden"] = pdf.make_stream(JPEG)
        assert list(taken(making.saved(pdf)).values()) == [JPEG]


def test_a_stream_that_says_nothing_and_cannot_be_unwrapped_is_damage() -> None:
    with pikepdf.new() as pdf:
        root = pdf.add_blank_page().obj
        root["/Hidden"] = pdf.make_stream(JPEG)
        root["/Odd"] = pdf.make_stream(b"not deflated" * 9, Filter=Name.FlateDecode)
        found, why = until_damaged(making.saved(pdf))
    assert list(found.values()) == [JPEG]
    assert why == ODD_OBJECTS


def test_a_drawing_that_is_broken_or_too_long_before_a_picture_in_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = zlib.compress(b"q 1 0 0 1 0 0 cm\n" * 200_000 + b"BI /W 9")
    monkeypatch.setattr(pdf_objects, "_LARGEST_DRAWING", 1 << 20)
    for data in (drawn, drawn[:4000] + b"\xff" * 400 + drawn[4400:]):
        with pikepdf.new() as pdf:
            root = pdf.add_blank_page().obj
            root["/Hidden"] = pdf.make_stream(JPEG)
            root["/Contents"] = pdf.make_stream(data, Filter=Name.FlateDecode)
            found, why = until_damaged(making.saved(pdf))
        assert (list(found.values()), why) == ([JPEG], ODD_OBJECTS)


def test_pixels_become_a_picture_that_says_it_is_no_file() -> None:
    ((name, content),) = taken(making.with_pixels(PIXELS)).items()
    assert name.endswith(", rendered.png")
    assert Image.open(io.BytesIO(content)).convert("RGB").tobytes() == PIXELS.tobytes()


def test_qpdf_gives_the_same_by_the_number_in_the_name(tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(making.with_jpegs({"plain": JPEG}))
    ((name, content),) = taken((tmp_path / "letter.pdf").read_bytes()).items()
    number = name.removeprefix("object ").removesuffix(".jpg")
    words = ("qpdf", "--raw-stream-data", f"--show-object={number}", str(tmp_path / "letter.pdf"))
    qpdf = f"import pikepdf; pikepdf.Job({list(words)}).run()"
    done = subprocess.run([sys.executable, "-c", qpdf], check=True, capture_output=True)
    assert done.stdout == content == JPEG


def test_stencils_masks_and_dots_are_no_pictures() -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page().obj
        stencil = {"ImageMask": True, "BitsPerComponent": 1}
        page["/S"] = making.picture(pdf, bytes(200 * 150 // 8), (), **stencil)
        page["/D"] = making.picture(pdf, bytes(12), (), Width=2, Height=2)
        page["/P"] = making.picture(pdf, JPEG, ("/DCTDecode",))
        page["/P"]["/SMask"] = making.picture(pdf, bytes(200 * 150), (), ColorSpace=Name.DeviceGray)
        assert list(taken(making.saved(pdf)).values()) == [JPEG]


def test_a_pdf_that_only_asks_not_to_be_printed_is_opened() -> None:
    content = making.with_jpegs({"plain": JPEG}, encryption=Encryption(owner="x", user=""))
    assert list(taken(content).values()) == [JPEG]


def test_a_password_that_was_given_opens_one_and_nothing_else_does() -> None:
    content = making.with_jpegs({"plain": JPEG}, encryption=Encryption(owner="x", user="pass"))
    with pytest.raises(LockedError):
        taken(content, "wrong")
    by: list[int] = []
    opening = Opening(kind="pdf", passwords=("wrong", "pass"), opened_by=by.append)
    (member,) = [b"".join(each.chunks()) for each in pdfs.members(InMemory(content), opening)]
    assert (member, by) == (JPEG, [1])


def test_half_a_pdf_gives_what_is_there_and_is_damaged() -> None:
    off = {"object_stream_mode": ObjectStreamMode.disable}
    jpegs = {"plain": JPEG, "hex": JPEG, "ascii85": JPEG}
    content = making.with_jpegs(jpegs, **off)
    found, why = until_damaged(content[: len(content) // 2])
    assert JPEG in found.values()
    assert why


def test_what_is_no_pdf_is_damaged() -> None:
    assert until_damaged(b"%PDF-1.7\n" + bytes(5000)) == ({}, NO_PDF)


def test_a_number_beyond_64_bits_is_damage() -> None:
    """qpdf raises of it, and pikepdf in Python's own words."""
    content = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\nxref\n" + b"7" * 49 + b" 1\n"
    for text in (
        content,
        content + b"trailer<</Root 1 0 R>>\nstartxref\n" + b"8" * 49 + b"\n%%EOF",
    ):
        with pytest.raises(DamagedError):
            list(pdfs.members(InMemory(text), Opening(kind="pdf")))


def test_a_loop_among_objects_costs_nothing() -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page().obj
        one, two = pdf.make_indirect(Dictionary()), pdf.make_indirect(Dictionary())
        one["/Next"], two["/Next"], one["/Self"] = two, one, one
        loop = pdf.make_stream(JPEG)
        loop["/Filter"] = loop["/DecodeParms"] = one
        page["/Loop"], page["/P"] = one, making.picture(pdf, JPEG, ("/DCTDecode",))
        content = making.saved(pdf)
    assert JPEG in until_damaged(content)[0].values()


def test_a_stream_that_leads_to_itself_is_survived() -> None:
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2/Parent 2 0 R>>endobj\n"
        b"3 0 obj<</Length 3 0 R/Filter 3 0 R/Subtype/Image>>stream\nabc\nendstream endobj\n"
        b"4 0 obj<</Type/ObjStm/N 1/First 4/Length 9/Extends 4 0 R>>stream\n4 0 5 0 R\nendstream "
        b"endobj\n5 0 obj 5 0 R endobj\ntrailer<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF"
    )
    until_damaged(body)


def test_deep_arrays_are_survived() -> None:
    body = b"%PDF-1.4\n1 0 obj" + b"[" * 100_000 + b"endobj\ntrailer<</Root 1 0 R>>"
    until_damaged(body)


def test_a_bomb_is_taken_out_in_steps() -> None:
    packed = zlib.compress(zlib.compress(bytes(64 << 20), 9), 9)
    with pikepdf.new() as pdf:
        stream = pdf.make_stream(packed)
        stream["/Filter"] = Array([Name.FlateDecode, Name.FlateDecode, Name.DCTDecode])
        pdf.add_blank_page().obj["/P"] = stream
        content = making.saved(pdf)
    members = pdfs.members(InMemory(content), Opening(kind="pdf"))
    steps = next(members).chunks()
    assert [len(next(steps)) for _ in range(8)] == [1 << 20] * 8
    assert len(content) < 10_000


def test_what_grows_between_two_filters_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_streams, "LARGEST", 1 << 20)
    packed = zlib.compress(bytes(8 << 20), 9)
    with pikepdf.new() as pdf:
        stream = pdf.make_stream(packed)
        stream["/Filter"] = Array([Name.FlateDecode, Name.LZWDecode, Name.DCTDecode])
        pdf.add_blank_page().obj["/P"] = stream
        ((_, why),) = until_damaged(making.saved(pdf))[0].items()
    assert why.decode() == pdf_streams.TOO_LARGE


def test_pixels_that_claim_too_many_are_not_made_out() -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page().obj
        page["/P"] = making.picture(pdf, b"x", (), Width=100_000, Height=100_000)
        ((_, why),) = until_damaged(making.saved(pdf))[0].items()
    assert why.decode() == pdf_streams.TOO_LARGE


def test_it_ends_when_time_is_up() -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page().obj
        page["/Many"] = Array([pdf.make_indirect(Dictionary()) for _ in range(500)])
        page["/P"] = making.picture(pdf, JPEG, ("/DCTDecode",))
        content = making.saved(pdf)
    left = iter([True])
    opening = Opening(kind="pdf", goes_on=lambda: next(left, False))
    assert not list(pdfs.members(InMemory(content), opening))
