"""Pictures and videos behind a picture's end, before it or named in it: each is found, whole.

Of each way at least four: what is found is the very content that was put there, at its place.
"""

import io
import itertools
import struct
from pathlib import Path

import pytest
from PIL import Image

from tests.demo import photographs
from tests.parts import appending, making
from triage.evidence import FileEntry
from triage.media.window import InMemory
from triage.parts.budget import TOO_MUCH, Budget
from triage.parts.carrier import Carrier
from triage.parts.carving import SearchAllowance, carve
from triage.parts.embedded import TOO_MANY
from triage.parts.finding import parts_of, read_whole
from triage.parts.part import Part

PHOTOGRAPHS = [Image.open(io.BytesIO(each)) for each in photographs()]
CLEAR = [each for each in PHOTOGRAPHS if each.mode == "RGB"]
ONE, TWO, THREE = [appending.encoded(each, "JPEG", quality=85) for each in CLEAR[:3]]
FORMS = {
    form: appending.encoded(CLEAR[3].resize((300, 200)), form)
    for form in ("PNG", "GIF", "WEBP", "BMP", "AVIF")
}
HEIC = (Path(__file__).parents[1] / "detectors/heif/zPug_3.heic").read_bytes()
TYPES = {"PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp", "BMP": "image/bmp",
         "AVIF": "image/avif"}  # fmt: skip
CARRIERS = {"image/jpeg": ONE, "image/heic": HEIC} | {
    mime: FORMS[form] for form, mime in TYPES.items()
}


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return appending.video(tmp_path_factory.mktemp("film") / "film.mp4", CLEAR[2:4])


def found(
    content: bytes, mime: str = "image/jpeg", path: str = "a.jpg", budget: Budget | None = None
) -> list[Part]:
    """Those that are another picture than the one as which it begins."""
    return [part for part in everything(content, mime, path, budget) if not part.own]


def everything(
    content: bytes, mime: str = "image/jpeg", path: str = "a.jpg", budget: Budget | None = None
) -> list[Part]:
    entry = FileEntry(id=1, volume_id="d0v1", path=path, size=len(content))
    carrier = Carrier(
        entry=entry, head=content[:65536], type=mime, content=InMemory(content), whole=content,
        beside=lambda _name, _most: b"",
    )  # fmt: skip
    parts = list(parts_of(carrier, budget or Budget()))
    for part in parts:
        assert content[part.offset : part.offset + part.extent] == part.content
    return parts


def behind(content: bytes, mime: str = "image/jpeg") -> list[bytes]:
    return [part.content for part in found(content, mime)]


@pytest.mark.parametrize("mime", CARRIERS)
def test_behind_a_picture_of_any_kind_a_jpeg_is_found(mime: str) -> None:
    picture = CARRIERS[mime]
    for gap in (b"", bytes(1), bytes(4096), b"a note of somebody's\n" * 40):
        parts = found(picture + gap + TWO, mime)
        assert [part.content for part in parts] == [TWO]
        assert parts[0].kind == "JPEG behind the end of the picture"
        assert not parts[0].thumbnail


@pytest.mark.parametrize("form", FORMS)
def test_behind_a_jpeg_a_picture_of_any_kind_is_found(form: str) -> None:
    assert behind(ONE + FORMS[form]) == [FORMS[form]]
    assert behind(ONE + bytes(9) + FORMS[form] + TWO) == [FORMS[form], TWO]


@pytest.mark.parametrize("mime", CARRIERS)
def test_a_picture_with_nothing_behind_it_has_no_part(mime: str) -> None:
    picture = CARRIERS[mime]
    for more in (b"", bytes(5000), b"\xff\xd9" * 900, b"no picture " * 900):
        assert behind(picture + more, mime) == []


@pytest.mark.parametrize("mime", CARRIERS)
@pytest.mark.parametrize("more", [b"\0", bytes(4096), b"\xff\xd9", TWO])
def test_what_stands_behind_a_picture_does_not_hide_its_digest(mime: str, more: bytes) -> None:
    picture = CARRIERS[mime]
    (own,) = [part for part in everything(picture + more, mime) if part.own]
    assert (own.content, own.offset) == (picture, 0)
    assert [part for part in everything(picture, mime) if part.own] == []


def test_what_is_behind_a_picture_that_is_broken_off_is_found() -> None:
    for cut in (len(ONE) // 3, len(ONE) // 2, len(ONE) - 2):
        assert behind(ONE[:cut] + TWO) == [TWO]


def test_many_pictures_in_a_row_are_all_found_and_none_twice() -> None:
    pictures = [ONE, FORMS["PNG"], TWO, HEIC, THREE, FORMS["GIF"]]
    assert behind(b"".join(pictures)) == pictures[1:]


def test_a_thumbnail_of_what_is_behind_lies_in_that_and_is_no_part_of_its_own() -> None:
    inner = making.with_exif_thumbnail(TWO, making.shrunk(TWO))
    outer = making.with_exif_thumbnail(ONE, making.shrunk(ONE))
    parts = found(outer + inner)
    assert [(part.thumbnail, part.content) for part in parts] == [
        (True, making.shrunk(ONE)),
        (False, inner),
    ]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("gap", [0, 3, 2000])
def test_pictures_of_an_mpo_are_found_by_its_index(order: str, gap: int) -> None:
    parts = found(appending.mpo([ONE, TWO, THREE], order=order, gap=gap))
    assert [part.content for part in parts] == [TWO, THREE]
    assert {part.kind for part in parts} == {"further picture of an MPO"}


def test_an_mpo_without_its_index_is_found_by_what_lies_there() -> None:
    whole = appending.mpo([ONE, TWO, THREE])
    assert behind(whole.replace(b"MPF\x00", b"mpf\x00")) == [TWO, THREE]
    cut = appending.mpo([ONE, TWO]).replace(b"\x02\xb0\x07\x00", b"\x02\xb0\x07\xff")
    assert behind(cut) == [TWO], "an index that is damaged"


def test_a_preview_in_an_mpo_is_a_thumbnail_and_its_pair_is_none() -> None:
    small = making.shrunk(ONE, 640)
    parts = found(appending.mpo([ONE, small, TWO], kinds=[0x010002, 0x020002]))
    assert [(part.thumbnail, part.kind) for part in parts] == [
        (True, "preview in an MPO"),
        (False, "further picture of an MPO"),
    ]


@pytest.mark.parametrize("offset", [0, 1, 40, 2**31, 2**32 - 1])
def test_an_index_that_lies_hides_nothing_and_gives_nothing_twice(offset: int) -> None:
    whole = appending.mpo([ONE, TWO])
    at = whole.index(len(TWO).to_bytes(4, "little")) + 4
    assert behind(whole[:at] + offset.to_bytes(4, "little") + whole[at + 4 :]) == [TWO]


def test_what_an_index_names_in_another_part_is_no_part_of_its_own() -> None:
    inner = making.with_exif_thumbnail(TWO, making.shrunk(TWO))
    whole = appending.mpo([ONE, inner, THREE])
    start = whole.index(b"MPF\x00") + 4
    named = (whole.index(THREE) - start).to_bytes(4, "little")
    inside = (whole.index(making.shrunk(TWO)) - start).to_bytes(4, "little")
    assert behind(whole.replace(named, inside, 1)) == [inner, THREE]


def test_the_video_of_a_motion_photo_is_found_however_it_is_written(film: bytes) -> None:
    named = "video of a motion photo"
    for made in (
        appending.micro_video(ONE, film),
        appending.motion_photo(ONE, film),
        appending.samsung(ONE, film),
        appending.micro_video(appending.mpo([ONE]), film),
    ):
        (part,) = found(made)
        assert (part.content, part.kind) == (film, named)
    (bare,) = found(ONE + film)
    assert (bare.content, bare.kind) == (film, "MP4 behind the end of the picture")
    (boxed,) = found(appending.heic_motion(HEIC, film), "image/heic", "a.heic")
    assert (boxed.content, boxed.kind) == (film, named)
    (trailing,) = found(appending.samsung(HEIC, film), "image/heic", "a.heic")
    assert trailing.content == film


def test_a_gain_map_between_a_picture_and_its_video_is_a_part_too(film: bytes) -> None:
    parts = found(appending.motion_photo(ONE, film, gain_map=THREE))
    assert [part.content for part in parts] == [THREE, film]
    assert [part.kind for part in parts] == [
        "further picture that its XMP lists",
        "video of a motion photo",
    ]


@pytest.mark.parametrize("said", [0, 1, 10**11, 999_999_999_999])
def test_a_video_that_is_said_to_lie_elsewhere_is_found_where_it_lies(
    said: int, film: bytes
) -> None:
    whole = appending.micro_video(ONE, film)
    digits = f'Offset="{len(film)}"'.encode()
    assert behind(whole.replace(digits, f'Offset="{said}"'.encode())) == [film]


GARBAGE = {
    "one byte": b"\x00",
    "zeros": bytes(512),
    "a page": b"<html>not found</html>" * 9,
    "another signature": b"\x00\x00\x02\x00" + bytes(14) + b"\x07" * 40,
    "noise": bytes((17 * n * n + n) % 251 for n in range(3000)),
}


@pytest.mark.parametrize("what", GARBAGE)
@pytest.mark.parametrize("mime", ["application/octet-stream", "text/html", "image/x-atari-degas"])
def test_a_picture_behind_garbage_is_found_where_the_name_says_that_there_is_one(
    what: str, mime: str
) -> None:
    (part,) = found(GARBAGE[what] + TWO, mime)
    assert (part.content, part.offset) == (TWO, len(GARBAGE[what]))
    assert part.kind == "JPEG behind bytes that are no picture's"


def test_without_such_a_name_a_picture_is_found_behind_what_nobody_knows() -> None:
    for path in ("f_000a1b", "data.bin", "x.jpg.tmp"):
        (part,) = found(bytes(99) + TWO, "application/octet-stream", path)
        assert part.content == TWO
        assert read_whole(bytes(99) + TWO[:400], "application/octet-stream", path)
    assert found(bytes(99) + TWO, "application/x-sqlite3", "cache.db") == []
    assert found(bytes(99) + TWO, "image/x-canon-cr2", "a.cr2") == []


def _signatures() -> bytes:
    return b"\xff\xd8\xff\xe0" * 100_000


def _chained() -> bytes:
    """Beginnings all of which lead into one long chain of segments."""
    return b"\xff\xe0\x00\x06\xff\xd8\xff\xe0" * 100_000


def _overlapping() -> bytes:
    """Pictures that each claim all of the rest."""
    head = ONE[: ONE.index(b"\xff\xda") + 14]
    return head * 2000


def _boxed() -> bytes:
    return b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x10" * 50_000


HOSTILE = {"signatures": _signatures, "chain": _chained, "overlapping": _overlapping,
           "boxes": _boxed}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("mime", ["image/jpeg", "application/octet-stream"])
def test_hostile_content_gives_parts_that_do_not_overlap_and_is_followed_a_bounded_way(
    what: str, mime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[int] = []
    spend = SearchAllowance.spend

    def counted(allowance: SearchAllowance, count: int) -> None:
        spent.append(count)
        spend(allowance, count)

    monkeypatch.setattr(SearchAllowance, "spend", counted)
    content = ONE * (mime == "image/jpeg") + HOSTILE[what]() + TWO
    parts = found(content, mime, budget=(budget := Budget()))
    places = [(part.offset, part.offset + part.extent) for part in parts]
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(places))
    assert sum(spent) <= 9 * len(content) + (17 << 20)
    assert budget.spent == TOO_MUCH or parts[-1].content.endswith(TWO)


def test_a_search_in_what_is_made_to_take_long_ends_early() -> None:
    """Each of a thousand beginnings leads into the same thousands of segments."""
    allowance = SearchAllowance(1 << 21)
    content = b"\xff\xe0\x00\x06\xff\xd8\xff\xe0" * 20_000
    assert list(carve(InMemory(content), 0, len(content), allowance)) == []
    assert allowance.spent


def test_what_is_not_searched_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SearchAllowance, "of", lambda size: SearchAllowance(size // 2))
    budget = Budget()
    assert len(found(ONE + TWO * 9, budget=budget)) < 9
    assert budget.spent == TOO_MUCH


@pytest.mark.parametrize("mime", ["image/png", "image/gif", "image/bmp"])
def test_behind_a_picture_that_claims_to_have_no_side_a_picture_is_found(mime: str) -> None:
    begins = bytearray(CARRIERS[mime][:200])
    side = {"image/png": slice(16, 20), "image/gif": slice(6, 8), "image/bmp": slice(18, 22)}[mime]
    begins[side] = bytes(side.stop - side.start)
    assert TWO in behind(bytes(begins) + TWO, mime)


def test_thumbnails_in_many_directories_are_found_and_in_too_many_that_is_said() -> None:
    small = making.shrunk(TWO, 64)
    for count, said in ((200, ""), (300, TOO_MANY)):
        places = [8 + 30 * number for number in range(count)]
        last = 8 + 30 * count
        directories = b"".join(
            struct.pack("<HHHIIHHIII", 2, 513, 4, 1, last, 514, 4, 1, len(small), after)
            for after in (*places[1:], 0)
        )
        tiff = struct.pack("<2sHI", b"II", 42, 8) + directories + small
        budget = Budget()
        parts = everything(tiff, "image/tiff", "a.tif", budget)
        assert (len(parts), budget.spent) == (1, said)
        assert parts[0].content == small
