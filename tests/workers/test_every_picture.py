"""Every picture of Pillow's and pillow_heif's own tests, of each type that is decoded, goes through
a real confined worker: it ends as a picture, or with a reason that is counted; its digest is there.
"""

import hashlib
from collections import Counter

import pytest

from tests import fetched
from tests.disks import MIB, ext_volume
from tests.workers import scanning
from triage.choices import HashSetUse, PerceptualUse, TypeUse
from triage.detectors.pdq import pdq
from triage.detectors.pictures import DECODABLE
from triage.detectors.types import type_of
from triage.detectors.videos import watch
from triage.evidence import HEAD_BYTES
from triage.findings import Outcome, Result
from triage.match_kinds import MatchKind
from triage.media.window import InMemory
from triage.profile import Limits, Profile

PACKAGES = ("pillow", "pillow-heif")
pytestmark = pytest.mark.skipif(
    not all(fetched.package(name).exists() for name in PACKAGES),
    reason="tests/fetch.sh has not fetched the source packages",
)
PICTURES = Profile(
    name="pictures",
    description="digests and pixels",
    detectors=(HashSetUse(), TypeUse(report_mismatch=False), PerceptualUse()),
    limits=Limits(entry_time="10 h"),
)
ALONE = "made/0 burst alone.heics"
DIED = "; compared by digest, and could not be decoded"
NOT_PICTURES = {
    # layouts of samples that no decoder here knows, and headers that are broken on purpose
    "picture is damaged": """
        badbitcount.bmp badpalettesize.bmp pal2.bmp pal8os2v2-16.bmp pal8oversizepal.bmp
        rgb16-231.bmp rgb24jpeg.bmp rgb24png.bmp rgba16-4444.bmp rgba32abf.bmp
        hopper_unknown_pixel_mode.tif hopper_webp.tif libtiff_segfault.tif
        tiff_overflow_rows_per_strip.tif syntax_num_frames_zero.png corrupted.heic corrupted.hif
        combined_larger_than_size.psd expected_to_read.jp2 invalid_header_length.jp2
        not_enough_data.jp2 unknown_mode.j2k
        timeout-1ee28a249896e05b83840ae8140622de8e648ba9.psd
        timeout-598843abc37fc080ec36a2699ebbd44f795d3a6f.psd
        timeout-c8efc3fded6426986ba867a399791bae544f59bc.psd
        timeout-dedc7a4ebd856d79b4359bbcc79e8ef231ce38f6.psd
        timeout-52d106579505547091ef69b58341351a37c23e31.dds
        timeout-755a4d204f4208e3597ac3391edebee196462bd0.dds
        unimplemented_dxgi_format.dds unimplemented_pfflags.dds unimplemented_pixel_format.dds
        unsupported_bitcount.dds
    """,
    "picture header is damaged": """
        badwidth.bmp oom-225817ca0f8c663be7ab4b9e717b02c661e66834.tif seek_too_large.tif
        zero_width.gif unbound_variable.jp2 zero_height.j2k
    """,
    "picture claims more pixels than the limit": """
        reallybig.bmp decompression_bomb.gif l2rgb_read.bmp decompression_bomb.ico
        psd-large-bytecounts.psd oom-8ed3316a4109213ca96fb8a256a0bfefdece1461.icns
        timeout-041dd17dfde800360a47a172269df127af138c6b.dds
        timeout-c60a3d7314213624607bfb3e38d551a8b24a7435.dds
        timeout-6646305047838720 200MP.heic
    """,
    # chunks of animated PNGs out of their order, a HEIF that ends early
    "a later picture in it could not be decoded": """
        chunk_multi_actl.png chunk_no_fdat.png chunk_repeat_fctl.png sequence_fdat_fctl.png
        sequence_gap.png sequence_reorder.png sequence_reorder_chunk.png sequence_repeat.png
        sequence_repeat_chunk.png sequence_start.png truncated.heic
    """,
    "a later picture in it claims more pixels than the limit": "decompression_bomb_extents.gif",
    # pi-heif reads the name of a kind of metadata as UTF-8, and it is none
    f"crashed the reader (SIGSEGV){DIED}": "invalid_metadata_type.heic",
}
"""Why not, and of which: all else becomes a picture."""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """By the package and the file's name, with a number because names come again."""
    all_of_them = {
        f"{name}/{number:03} {path.rpartition('/')[2]}": content
        for name in PACKAGES
        for number, (path, content) in enumerate(fetched.pictures_of(name).items())
    }
    all_of_them[ALONE] = _alone(
        fetched.pictures_of("pillow-heif")["heif_other/nokia/bird_burst.heic"]
    )
    typed = {path: type_of(content[:HEAD_BYTES]) for path, content in all_of_them.items()}
    return {path: all_of_them[path] for path, mime in typed.items() if mime in DECODABLE}


@pytest.fixture(scope="module")
def results(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    folder = tmp_path_factory.mktemp("every")
    ext_volume(folder / "suspect.img", 192 * MIB, files)
    known, frames = folder / "notable.md5", folder / "frames.txt"
    known.write_text("".join(f"{_md5(content)}\n" for content in files.values()))
    frames.write_text(_published(files[ALONE]))
    scanned = scanning.run(
        folder / "suspect.img", out=folder / "out", profile=PICTURES, hash_sets=(known, frames)
    )
    return {line.entry.path: line.result for line in scanned.lines if line.entry.path in files}


def _alone(burst: bytes) -> bytes:
    """A burst as it would be without still pictures beside its sequence."""
    assert burst[40:44] == b"meta"
    return burst[:8] + b"hevc" + burst[12:40] + b"free" + burst[44:]


def _published(sequence: bytes) -> str:
    """PDQ of its frames as vPDQ lists have them."""
    taken = enumerate(watch(InMemory(sequence), at_most=4).frames)
    return "".join(f"{n},100,{pdq(f.picture.pixels).value.hex()},{f.at}\n" for n, f in taken)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _name(path: str) -> str:
    return path.partition(" ")[2]


def test_each_becomes_a_picture_or_is_counted_with_its_reason(
    results: dict[str, Result], files: dict[str, bytes]
) -> None:
    assert results.keys() == files.keys()
    said = {_name(path): result for path, result in results.items() if result.reason}
    expected = {name: why for why, names in NOT_PICTURES.items() for name in names.split()}
    assert {name: result.reason for name, result in said.items()} == expected
    assert {result.outcome for result in said.values()} == {Outcome.UNREADABLE}
    for path, result in results.items():
        if not result.reason:
            assert result.outcome is Outcome.EXAMINED, path
            assert (result.pdq_quality is None) == (path == ALONE), path


def test_a_sequence_without_a_picture_beside_it_is_looked_at_as_a_video(
    results: dict[str, Result],
) -> None:
    assert results[ALONE].type == "image/heic-sequence"
    assert [
        match.score for match in results[ALONE].matches if match.kind is MatchKind.PERCEPTUAL
    ] == [1.0]


def test_each_is_found_by_its_digest(results: dict[str, Result], files: dict[str, bytes]) -> None:
    for path, content in files.items():
        assert results[path].digests["md5"] == _md5(content), path
        assert MatchKind.HASH_SET in {match.kind for match in results[path].matches}, path


def test_there_are_several_of_each_type(results: dict[str, Result]) -> None:
    counts = Counter(result.type for result in results.values())
    assert {mime for mime, count in counts.items() if count > 10} >= {
        "image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp",
        "image/avif", "image/heic",
    }  # fmt: skip
    assert counts["image/heif"] + counts["image/heif-sequence"] >= 3
