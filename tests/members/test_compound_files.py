"""Office's documents up to 2003 and Outlook's messages give what is in them, byte for byte."""

import io
import random
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from tests.containers.making import zipped
from tests.demo import photographs
from tests.members import making_compound_files as making
from tests.parts import appending
from tests.parts.making import CutOff, compound_file
from triage.containers.recognising import recognise
from triage.media.window import InMemory
from triage.members import compound_files, office_pictures
from triage.members.member import DamagedError, LockedError, Opening
from triage.parts.carving import SearchAllowance

PIXELS = Image.open(io.BytesIO(photographs()[0])).convert("RGB").resize((200, 150))
JPEG = appending.encoded(PIXELS, "JPEG", quality=90)
PNG = appending.encoded(PIXELS, "PNG")
TIFF = appending.encoded(PIXELS, "TIFF")
ZIP = zipped({"a.txt": b"a", "b.txt": JPEG[:300]})


def taken(content: bytes) -> dict[str, bytes]:
    """Name to content, of the kind that it is recognised as."""
    held = recognise(content, len(content), "a")
    assert held is not None
    opening = Opening(kind=held.kind, locked=held.locked)
    members = compound_files.members(InMemory(content), opening)
    return {member.name: b"".join(member.chunks()) for member in members}


def until_damaged(content: bytes) -> list[bytes]:
    out = []
    try:
        for member in compound_files.members(InMemory(content), Opening(kind="ole")):
            out.append(b"".join(member.chunks()))
    except DamagedError:
        pass
    return out


@pytest.mark.parametrize("make", [making.ppt, making.doc, making.xls])
def test_pictures_of_office_documents_come_out_byte_for_byte(
    make: Callable[..., bytes],
) -> None:
    blips = [
        making.blip(JPEG), making.blip(PNG, "png", digests=2), making.blip(TIFF, "tif"),
        making.blip(JPEG, "cmyk"),
    ]  # fmt: skip
    found = taken(make(*blips))
    assert list(found.values()) == [JPEG, PNG, TIFF, JPEG]
    assert [name.rpartition(".")[2] for name in found] == ["jpg", "png", "tif", "jpg"]


def test_a_drawing_comes_out_as_the_file_it_was() -> None:
    emf = b"\x01\x00\x00\x00" + bytes(36) + b" EMF" + JPEG[:4000]
    assert list(taken(making.ppt(making.blip(emf, "emf"))).values()) == [emf]


def test_a_bitmap_without_its_file_s_header_becomes_one_that_says_it_is_no_file() -> None:
    bitmap = appending.encoded(PIXELS, "BMP")
    ((name, content),) = taken(making.ppt(making.blip(bitmap[14:], "dib"))).items()
    assert name.endswith(", rendered.bmp")
    assert Image.open(io.BytesIO(content)).tobytes() == PIXELS.tobytes()


def test_a_picture_that_no_record_describes_is_found() -> None:
    content = making.compound({"WordDocument": b"\xec\xa5" + bytes(600) + JPEG + bytes(900)})
    assert list(taken(content).values()) == [JPEG]


def test_attachments_come_out_by_their_long_names_and_by_those_they_lie_in() -> None:
    inner = making.msg({"b.jpg": JPEG})
    found = taken(making.compound(making.msg({"Grüße.jpg": JPEG, "letter": inner, "z.zip": ZIP})))
    assert found == {"Grüße.jpg": JPEG, "letter/b.jpg": JPEG, "z.zip": ZIP}


def test_a_broken_tree_hides_no_attachment() -> None:
    flat = compound_file({"__properties_version1.0": bytes(32), "__substg1.0_37010102": JPEG})
    assert list(taken(flat).values()) == [JPEG]


def test_packaged_and_embedded_files_come_out() -> None:
    pool = {"_1": {"\x01Ole10Native": making.packaged("holiday.jpg", JPEG)}, "_2": {"Package": ZIP}}
    content = making.compound({"WordDocument": b"\xec\xa5" + bytes(600), "ObjectPool": pool})
    assert taken(content) == {"holiday.jpg": JPEG, "ObjectPool/_2/Package": ZIP}


def test_a_document_that_is_embedded_in_a_show_comes_out() -> None:
    inner = making.doc(making.blip(JPEG))
    packed = zlib.compress(inner)
    record = struct.pack("<HHII", 0x10, 0x1011, 4 + len(packed), len(inner)) + packed
    show = making.compound({"PowerPoint Document": bytes(600) + record, "Pictures": bytes(200)})
    assert list(taken(show).values()) == [inner]


def test_an_encrypted_document_is_locked() -> None:
    content = making.compound({"EncryptedSummary": bytes(200), "PowerPoint Document": bytes(600)})
    with pytest.raises(LockedError):
        taken(content)


def test_a_fat_that_loops_ends() -> None:
    content = bytearray(making.ppt(making.blip(JPEG), making.blip(PNG, "png")))
    fat = (struct.unpack_from("<I", content, 76)[0] + 1) * 512
    for sector in range(100):
        struct.pack_into("<I", content, fat + 4 * sector, sector)
    assert until_damaged(bytes(content)) is not None


def test_a_tree_that_loops_ends() -> None:
    content = bytearray(making.compound(making.msg({"a.jpg": JPEG})))
    at = (struct.unpack_from("<I", content, 48)[0] + 1) * 512
    for place in range(4):
        struct.pack_into("<III", content, at + 128 * place + 68, place, 1, 0)
    assert JPEG in until_damaged(bytes(content))


def test_streams_that_share_their_sectors_end_when_time_is_up() -> None:
    content = bytearray(making.compound({str(n): bytes(5000) for n in range(300)}))
    at = (struct.unpack_from("<I", content, 48)[0] + 1) * 512
    for place in range(1, 301):
        struct.pack_into("<IQ", content, at + 128 * place + 116, 0, len(content))
    left = iter([True] * 5)
    opening = Opening(kind="ole", goes_on=lambda: next(left, False))
    assert not list(compound_files.members(InMemory(bytes(content)), opening))


def test_half_a_document_gives_what_is_there_and_is_damaged() -> None:
    whole = making.ppt(*(making.blip(JPEG) for _ in range(5)))
    members = compound_files.members(InMemory(whole[: len(whole) // 2]), Opening(kind="ppt"))
    assert b"".join(next(members).chunks()) == JPEG
    with pytest.raises(DamagedError):
        list(members)


def test_a_search_that_ends_before_its_stream_is_said_and_the_other_streams_are_gone_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SearchAllowance, "of", lambda size: SearchAllowance(size // 2))
    made = {"a": bytes(600) + JPEG + bytes(600) + JPEG, "b": making.blip(PNG, "png") + bytes(5000)}
    members = compound_files.members(InMemory(making.compound(made)), Opening(kind="ole"))
    found: list[bytes] = []
    with pytest.raises(DamagedError, match="not all of it was looked at"):
        found.extend(b"".join(member.chunks()) for member in members)
    assert PNG in found


def test_a_directory_whose_chain_breaks_off_is_said_for_streams_may_be_missing() -> None:
    whole = compound_file({f"{n}.jpg": JPEG for n in range(9)})
    (first,) = struct.unpack_from("<I", whole, 48)
    (table,) = struct.unpack_from("<I", whole, 76)
    at = 512 * (table + 1) + 4 * first
    assert struct.unpack_from("<I", whole, at)[0] == first + 1
    for leads_to in (0xFFFFFFFF, first, len(whole)):
        cut = whole[:at] + struct.pack("<I", leads_to) + whole[at + 4 :]
        members = compound_files.members(InMemory(cut), Opening(kind="ole"))
        found: list[bytes] = []
        with pytest.raises(DamagedError):
            found.extend(b"".join(member.chunks()) for member in members)
        assert set(found) == {JPEG}
    assert len(list(compound_files.members(InMemory(whole), Opening(kind="ole")))) == 9


def test_drawings_beyond_the_most_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    blips = [making.blip(JPEG) for _ in range(4)]
    members = compound_files.members(InMemory(making.xls(*blips)), Opening(kind="xls"))
    assert len(list(members)) == 4
    for module in (compound_files, office_pictures):
        monkeypatch.setattr(module, "MOST_DRAWINGS", len(JPEG))
    members = compound_files.members(InMemory(making.xls(*blips)), Opening(kind="xls"))
    with pytest.raises(DamagedError, match="more than may be put together"):
        list(members)


def test_changed_bytes_break_nothing() -> None:
    chance = random.Random(5)
    whole = making.xls(making.blip(JPEG[:3000]), making.blip(PNG[:3000], "png"))
    message = making.compound(making.msg({"a.jpg": JPEG[:2000]}))
    for _ in range(150):
        content = bytearray(chance.choice((whole, message)))
        for _ in range(chance.randint(1, 30)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        given = sum(map(len, until_damaged(bytes(content))))
        assert given < 40 * len(content)


@pytest.mark.parametrize("there", [5, 17, 40_000])
def test_a_stream_that_ends_before_its_size_is_not_asked_for_byte_by_byte(there: int) -> None:
    assert list(compound_files._objects(CutOff(bytes(there)), "a show")) == []
