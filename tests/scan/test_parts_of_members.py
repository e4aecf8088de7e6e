"""What lies in a picture or a cache of thumbnails is found where those lie in containers, too."""

import hashlib
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.containers import making
from tests.demo import photographs
from tests.disks import ext_volume
from tests.members.writing import archived
from tests.parts import making as thumbnails
from tests.parts.appending import encoded
from tests.parts.making_caches import chromium_entry
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.rendering import vics
from triage.bundle.rendering.by_hand import by_hand
from triage.choices import HashSetUse, PerceptualUse, TypeUse
from triage.findings import Match, Outcome
from triage.match_kinds import MatchKind
from triage.parts.budget import TOO_MANY
from triage.profile import Limits, PartLimits, Profile
from triage.workers.member_parts import CACHE_TOO_LARGE

CLEAR = [each for each in map(Image.open, map(io.BytesIO, photographs())) if each.mode == "RGB"]
ONE, TWO, THREE = [encoded(each.resize((600, 400)), "JPEG", quality=85) for each in CLEAR[:3]]
SMALL = thumbnails.shrunk(TWO)


def _profile(**limits: object) -> Profile:
    return Profile(
        name="p",
        description="",
        detectors=(HashSetUse(), TypeUse(), PerceptualUse()),
        limits=Limits(entry_time="10 h", **limits),  # type: ignore[arg-type]
    )


def _scan(
    tmp_path: Path, files: dict[str, bytes], *known: bytes, profile: Profile | None = None
) -> scanning.Scanned:
    ext_volume(tmp_path / "suspect.img", 16 << 20, files)
    digests = "".join(f"{hashlib.sha256(each).hexdigest()}\n" for each in known)
    (tmp_path / "known.txt").write_text(digests)
    known_set = (tmp_path / "known.txt",)
    return scanning.run(tmp_path / "suspect.img", out=tmp_path / "out",
                        profile=profile or _profile(), hash_sets=known_set)  # fmt: skip


def _matches(scanned: scanning.Scanned, path: str) -> list[Match]:
    return [m for m in scanned.line(path).result.matches if m.detector.startswith("hash_set")]


def _stretch(match: Match, content: bytes) -> bytes:
    """What the match says where it lies, in the member's content."""
    begin = int(match.provenance["member_offset"])
    return content[begin : begin + int(match.provenance["member_length"])]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> scanning.Scanned:
    """One scan of one thing in each of the ways in which it lies in a member."""
    return _scan(tmp_path_factory.mktemp("members"), FILES, SMALL, THREE)


WITH_THUMBNAIL = thumbnails.with_exif_thumbnail(TWO, SMALL)
DB = thumbnails.thumbs_db({"gone.jpg": SMALL, "kept.jpg": thumbnails.shrunk(ONE)})
FILES = {
    "a.zip": making.zipped({"in.zip": making.zipped({"2019/a.jpg": WITH_THUMBNAIL})}),
    "behind.7z": archived("7zip", {"two.jpg": ONE + THREE}),
    "mail.eml": making.mail(attachment=ONE + THREE),
    "caches.zip": making.zipped({"Pictures/Thumbs.db": DB}),
    "browser.zip": making.zipped({"Cache_Data/0011223344556677_0": chromium_entry(
        "https://example.org/a.jpg", THREE)}),
    "plain.zip": making.zipped({"a.jpg": thumbnails.with_exif_thumbnail(
        ONE, thumbnails.shrunk(ONE))}),
}  # fmt: skip


def test_a_thumbnail_in_a_photograph_in_a_zip_in_a_zip_is_found(found: scanning.Scanned) -> None:
    (match,) = _matches(found, "a.zip")
    assert match.kind is MatchKind.THUMBNAIL
    assert match.provenance["member"] == "in.zip » 2019/a.jpg"
    assert match.provenance["member_kind"] == "zip member"
    assert _stretch(match, WITH_THUMBNAIL) == SMALL
    assert match.place is None, "its place is the member's, not the entry's"


@pytest.mark.parametrize("path", ["behind.7z", "mail.eml"])
def test_known_material_behind_a_picture_s_end_in_a_container_is_found(
    found: scanning.Scanned, path: str
) -> None:
    (match,) = _matches(found, path)
    assert match.kind is MatchKind.HASH_SET
    assert _stretch(match, ONE + THREE) == THREE
    assert match.provenance["part_sha256"] == hashlib.sha256(THREE).hexdigest()


def test_it_is_a_media_of_its_own_with_its_size_for_the_lab(found: scanning.Scanned) -> None:
    told = json.loads(vics.render(found.document))
    md5 = hashlib.md5(THREE, usedforsecurity=False).hexdigest().upper()
    media = [each for each in told["value"][0]["Media"] if each["MD5"] == md5]
    files = [file for each in media for file in each["MediaFiles"]]
    assert {each["MediaSize"] for each in media} == {len(THREE)}
    assert {each["FilePath"].split("\\")[1] for each in files} >= {"behind.7z", "mail.eml"}
    assert not any(each["PhysicalLocation"] for each in files)


def test_a_cache_of_thumbnails_in_a_container_is_looked_into(found: scanning.Scanned) -> None:
    (match,) = _matches(found, "caches.zip")
    assert match.provenance["thumbnail_of"] == "gone.jpg"
    assert "picture" not in match.provenance, "that it is gone cannot be told of a container"


def test_a_browser_s_cache_in_a_container_is_looked_into_and_not_called_unopened(
    found: scanning.Scanned,
) -> None:
    (match,) = _matches(found, "browser.zip")
    assert match.provenance["part_sha256"] == hashlib.sha256(THREE).hexdigest()
    opened = found.line("browser.zip").result.opened
    assert opened is not None
    assert not opened.unopened


def test_a_thumbnail_that_shows_its_own_picture_says_nothing(found: scanning.Scanned) -> None:
    assert found.line("plain.zip").result.matches == ()
    assert found.line("plain.zip").result.outcome is Outcome.EXAMINED
    assert verify(found.bundle).failed is None


@pytest.mark.skipif(shutil.which("bsdtar") is None, reason="bsdtar is not installed")
def test_the_commands_of_the_report_cut_it_out(found: scanning.Scanned, tmp_path: Path) -> None:
    (match,) = _matches(found, "a.zip")
    (tmp_path / "a.zip").write_bytes(FILES["a.zip"])
    for command in by_hand(match, "a.zip", "zip"):
        subprocess.run(["bash", "-ec", command], cwd=tmp_path, check=True)
    assert (tmp_path / "part").read_bytes() == SMALL


def test_a_broken_cache_hides_none_in_the_members_behind_it(tmp_path: Path) -> None:
    files = {"1/Thumbs.db": DB[: len(DB) // 3], "2/Thumbs.db": DB, "3/a.jpg": ONE + THREE}
    scanned = _scan(tmp_path, {"a.zip": making.zipped(files)}, SMALL, THREE)
    members = [match.provenance["member"] for match in _matches(scanned, "a.zip")]
    assert members[-2:] == ["2/Thumbs.db", "3/a.jpg"]
    assert scanned.line("a.zip").result.outcome is Outcome.UNREADABLE


def test_parts_of_all_members_together_have_one_entry_s_budget(tmp_path: Path) -> None:
    members = {f"{number}.jpg": ONE + THREE + bytes([number]) for number in range(9)}
    profile = _profile(parts=PartLimits(at_most=6))
    scanned = _scan(tmp_path, {"a.zip": making.zipped(members)}, THREE, profile=profile)
    line = scanned.line("a.zip")
    assert (line.result.outcome, line.result.reason) == (Outcome.UNREADABLE, TOO_MANY)
    assert 0 < len(line.result.matches) < 9


def test_a_cache_that_is_too_large_to_be_held_is_said(tmp_path: Path) -> None:
    profile = _profile(decode_bytes="1 KB")
    cache = DB + bytes(100_000)
    scanned = _scan(
        tmp_path, {"a.zip": making.zipped({"Thumbs.db": cache})}, SMALL, profile=profile
    )
    line = scanned.line("a.zip")
    assert (line.result.outcome, line.result.reason) == (Outcome.UNREADABLE, CACHE_TOO_LARGE)


def test_a_profile_without_parts_finds_members_alone(tmp_path: Path) -> None:
    profile = _profile(parts=PartLimits(at_most=0))
    files = {"a.zip": making.zipped({"a.jpg": ONE + THREE, "b.jpg": THREE})}
    scanned = _scan(tmp_path, files, THREE, profile=profile)
    assert [m.provenance["member"] for m in _matches(scanned, "a.zip")] == ["b.jpg"]
