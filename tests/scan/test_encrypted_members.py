"""What is encrypted is a finding of its own kind where the profile asks, and never a headline."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.containers import making
from tests.disks import ext_volume
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.writing.exports import Export, save
from triage.choices import EncryptedUse, HashSetUse
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.profile import Limits, MemberLimits, Profile
from triage.scan.events import FindingTold
from triage.scan.run import scan

LAB = Profile(name="lab", description="", detectors=(HashSetUse(), EncryptedUse()))
ALONE = Profile(name="lab", description="", detectors=(EncryptedUse(),))
LONG = "a" * 900 + ".png"
FILES = {
    "some.zip": making.zipped({"open.txt": b"a", "in.zip": making.zip_crypto("secret.png", b"x")}),
    "names.7z": making.real("7z-names-locked.7z"),
    "letter.pdf": making.real("pdf-locked.pdf"),
    "message.age": b"age-encryption.org/v1\n-> X25519 AAAA\nBBBB\n--- CCCC\n" + bytes(64),
    "long.zip": making.zip_crypto(LONG, b"x"),
    "open.zip": making.zipped({"open.txt": b"a"}),
    "note.txt": b"nothing is encrypted here",
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suspect")
    ext_volume(folder / "disk.img", 16 << 20, FILES)
    (folder / "known.txt").write_text("a" * 64 + "\n")
    return folder / "disk.img"


@pytest.fixture(scope="module")
def found(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> scanning.Scanned:
    out = tmp_path_factory.mktemp("out")
    return scanning.run(disk, out=out, profile=LAB, hash_sets=(disk.parent / "known.txt",))


def _of(scanned: scanning.Scanned, path: str) -> Match:
    (match,) = scanned.line(path).result.matches
    assert match.kind is MatchKind.ENCRYPTED
    return match


def test_each_that_is_encrypted_is_one_finding_and_nothing_else_is(
    found: scanning.Scanned,
) -> None:
    paths = {finding.entry.path for finding in found.document.findings}
    assert paths == set(FILES) - {"open.zip", "note.txt"}
    assert found.sealed.kinds == {MatchKind.ENCRYPTED: len(paths)}
    assert verify(found.bundle).failed is None


def test_names_that_were_seen_are_told_and_that_not_even_they_were(
    found: scanning.Scanned,
) -> None:
    some = _of(found, "some.zip")
    assert some.reason == (
        "In it 1 member is encrypted (zip), by names alone: in.zip » secret.png."
    )
    assert some.provenance == {
        "container": "zip", "seen": "names only", "encrypted_members": "1",
        "member_names": "in.zip » secret.png",
    }  # fmt: skip
    for path, kind in (("names.7z", "7z"), ("letter.pdf", "pdf")):
        assert _of(found, path).provenance == {"container": kind, "seen": "not even names"}
    assert _of(found, "message.age").provenance["seen"] == "nobody looked"


def test_a_name_without_end_is_cut(found: scanning.Scanned) -> None:
    match = _of(found, "long.zip")
    assert len(match.provenance["member_names"]) == 100
    assert len(match.reason) < 200


def test_it_moves_nothing_up_and_has_no_preview(found: scanning.Scanned) -> None:
    told = [each for each in found.told if isinstance(each, FindingTold)]
    assert "what lies beside findings" not in {each.finding.found.looked_at_as for each in told}
    assert not any(each.finding.found.preview for each in told)


@pytest.mark.parametrize("form", list(Export))
def test_exports_list_them_and_those_of_media_and_of_known_material_do_not(
    found: scanning.Scanned, tmp_path: Path, form: Export
) -> None:
    (file,) = save(found.bundle, form, tmp_path / "export")
    of_others = form in {Export.VICS, Export.DIGESTS}
    digest = found.line("names.7z").result.digests["sha256"]
    told = digest if form is Export.DIGESTS else "names.7z"
    assert (told in file.read_text()) is not of_others


def test_what_no_profile_asks_for_is_counted_and_no_finding(disk: Path, tmp_path: Path) -> None:
    plain = Profile(name="plain", description="", detectors=(HashSetUse(),))
    scanned = scanning.run(disk, out=tmp_path, profile=plain,
                           hash_sets=(disk.parent / "known.txt",))  # fmt: skip
    assert scanned.document.findings == ()
    assert verify(scanned.bundle).failed is None


def test_a_profile_that_asks_for_nothing_else_looks_into_containers(
    disk: Path, tmp_path: Path
) -> None:
    scanned = scanning.run(disk, out=tmp_path, profile=ALONE)
    assert _of(scanned, "some.zip").provenance["seen"] == "names only"


def test_where_nobody_looks_into_containers_that_is_said(disk: Path, tmp_path: Path) -> None:
    limits = Limits(members=MemberLimits(at_most=0))
    profile = Profile(name="lab", description="", detectors=(EncryptedUse(),), limits=limits)
    scanned = scanning.run(disk, out=tmp_path, profile=profile)
    assert _of(scanned, "names.7z").provenance["seen"] == "nobody looked"
    assert _of(scanned, "long.zip").reason == (
        "It is encrypted (zip): nobody looked at what it holds."
    )


def test_what_a_password_opens_is_none(tmp_path: Path) -> None:
    locked = making.zip_crypto("secret.png", b"x")
    ext_volume(tmp_path / "disk.img", 16 << 20, {"a.zip": locked})
    (tmp_path / "words.txt").write_text("wrong\npeanuts\n")
    search = scanning.search_of(tmp_path / "disk.img", out=tmp_path / "out", profile=ALONE)
    sealed = scan(replace(search, passwords=tmp_path / "words.txt"), tell=lambda _: None)
    assert sealed.findings == 0
