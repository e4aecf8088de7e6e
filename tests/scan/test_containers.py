"""Where the profile has nobody look into containers, every surface says that nobody looked.

The disk holds a known picture openly once, and inside a container of every common kind.
"""

import hashlib
import re
import shutil
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from cli.resume import search_again
from tests.bundle import samples
from tests.conftest import Seek
from tests.containers import making
from tests.disks import ext_volume, fat_volume, gpt_disk, ntfs_volume
from tests.scan import cut_off, failing
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout, schema
from triage.bundle.format.document import Document
from triage.bundle.format.reckoning import reckon
from triage.bundle.rendering import html
from triage.bundle.writing.signing import new_key, open_signer
from triage.choices import HashSetUse, TypeUse
from triage.coordinator import fork_server
from triage.ending import How, Reason
from triage.findings import Outcome
from triage.profile import Family, Limits, LookAt, MemberLimits, Profile
from triage.scan import Earlier, scan
from triage.scan.events import Event, FindingTold

PICTURE = making.PNG + b"known"
INNER = making.zipped({"known.png": PICTURE})
KNOWN_ZIP = making.zipped({"known too.png": PICTURE})
FAILING = (sys.executable, "-I", str(Path(failing.__file__)))
SHUT = Limits(members=MemberLimits(at_most=0), entry_time="10 h")
DIGESTS = Profile(name="digests", description="", detectors=(HashSetUse(),), limits=SHUT)
TYPED = Profile(name="types", description="", detectors=(HashSetUse(), TypeUse()), limits=SHUT)
AS_YAML = "limits: {members: {at_most: 0}}\n"

HELD = {
    "a/in a zip.zip": INNER,
    "a/a zip in a zip.zip": making.zipped({"inner.zip": INNER}),
    "a/known itself.zip": KNOWN_ZIP,
    "a/packed.tar.gz": making.tarred("w:gz", {"known.png": PICTURE}),
    "a/packed.7z": making.real("7z-packed-header.7z"),
    "b/letter.docx": making.office("docx"),
    "b/letter.odt": making.open_document("text"),
    "b/letter.pdf": making.real("pdf.pdf"),
    "c/a picture.eml": making.mail(attachment=PICTURE),
    "c/INBOX": b"From a Mon Nov 20 10:00:00 2023\n" + making.mail(attachment=PICTURE),
    "d/behind.jpg": making.PNG + bytes(600) + INNER,
}
LOCKED = {
    "e/secret.zip": making.zip_crypto("known.png", PICTURE),
    "e/secret.7z": making.real("7z-packed-header-locked.7z"),
    "e/secret.rar": making.real("rar5-names-locked.rar"),
    "e/secret.pdf": making.real("pdf-locked.pdf"),
    "e/secret.docx": making.compound("EncryptionInfo", "EncryptedPackage"),
    "e/secret.odt": making.open_document("text", locked=True),
}
OPEN = {
    "pictures/known.png": PICTURE,
    "pictures/other.png": making.PNG,
    "a letter.eml": making.mail(attachment=b""),
    "words.txt": b"PK is how a zip file begins.\n",
    "known/of the system.zip": making.zipped({"part of the system": b"x"}),
}
BY_KIND = {
    "zip": (4, 1), "7z": (2, 1), "gzip": (1, 0), "rar": (1, 1), "docx": (2, 1), "odt": (2, 1),
    "pdf": (2, 1), "eml": (1, 0), "mbox": (1, 0), "appended zip": (1, 0),
}  # fmt: skip
"""Entries, and how many of them are encrypted."""


def _list(path: Path, *contents: bytes) -> Path:
    path.write_text("".join(f"{hashlib.sha256(each).hexdigest()}\n" for each in contents))
    return path


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suspect")
    files = HELD | LOCKED | OPEN
    ext = {path: content for path, content in files.items() if path[0] in "ace"}
    rest = {path: content for path, content in files.items() if path not in ext}
    ext_volume(folder / "ext", 24 << 20, ext)
    ntfs_volume(folder / "ntfs", 24 << 20, rest)
    gpt_disk(folder / "disk.img", [folder / "ext", folder / "ntfs"])
    return folder / "disk.img"


@pytest.fixture(scope="module")
def sets(seek: Seek, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Notable, and known."""
    folder = tmp_path_factory.mktemp("sets")
    listed = _list(folder / "known.txt", OPEN["known/of the system.zip"])
    known = folder / "known.seekset"
    done = seek("hash-set", "build", listed, "--out", known, "--name", "os", "--kind", "known")
    assert done.returncode == 0, done.stderr
    return _list(folder / "notable.txt", PICTURE, KNOWN_ZIP), known


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key"
    new_key(path, comment="insider", ask=False)
    return path


@pytest.fixture(scope="module")
def asked(disk: Path, sets: tuple[Path, Path], key: Path) -> tuple[object, ...]:
    """What is scanned, and with what."""
    return disk, "--hash-set", sets[0], "--hash-set", sets[1], "--key", key


def _scan(seek: Seek, asked: tuple[object, ...], profile: Path, out: Path) -> Path:
    done = seek("scan", *asked, "--profile", profile, "--out", out)
    assert done.returncode == 3, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert "ENCRYPTED archives and documents, not looked into: 6" in said
    assert "archives, documents and mail, not looked into: 11" in said
    return cut_off.bundle_in(out)


def _by_kind(document: Document) -> dict[str, tuple[int, int]]:
    told: dict[str, tuple[int, int]] = {}
    for volume in document.coverage.volumes.values():
        for kind, held in volume.containers.items():
            entries, locked = told.get(kind, (0, 0))
            told[kind] = (entries + held.entries, locked + held.locked)
    return told


def _document(bundle: Path) -> Document:
    return schema.decode((bundle / "findings.json").read_bytes())


@pytest.fixture(scope="module")
def bundle(
    seek: Seek,
    asked: tuple[object, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    profile = tmp_path_factory.mktemp("profile") / "digests.yaml"
    profile.write_text("name: t\ndescription: t\ndetectors: [{use: hash_set}]\n" + AS_YAML)
    return _scan(seek, asked, profile, tmp_path_factory.mktemp("out"))


def test_containers_are_counted_by_kind_and_the_encrypted_ones(bundle: Path) -> None:
    assert _by_kind(_document(bundle)) == BY_KIND


def test_each_line_says_which_it_is(bundle: Path) -> None:
    lines = {line.entry.path: line for line in scanning.lines_of(bundle)}
    assert {path for path, line in lines.items() if line.result.locked} == set(LOCKED)
    assert {path for path, line in lines.items() if line.result.container} == {*HELD, *LOCKED}
    assert lines["a/known itself.zip"].finding, "a finding, into which nobody looked either"
    assert lines["known/of the system.zip"].result.outcome is Outcome.KNOWN


def test_the_ending_and_the_report_say_that_nobody_looked_inside(bundle: Path) -> None:
    document = _document(bundle)
    ending = reckon(document)
    told = {unseen.reason: unseen for unseen in ending.unseen}
    assert ending.how is How.NOT_ALL
    locked, unopened = told[Reason.CONTAINER_ENCRYPTED], told[Reason.CONTAINER_UNOPENED]
    assert (locked.count, locked.bytes) == (6, sum(map(len, LOCKED.values())))
    assert (unopened.count, unopened.bytes) == (11, sum(map(len, HELD.values())))
    assert unopened.named[0] == "zip 3"
    report = re.sub(r"<[^>]*>", " ", (bundle / "report.html").read_text())
    assert "Containers: compared as a whole, nobody looked inside" in report


def test_a_scan_that_reads_types_too_counts_the_same(
    seek: Seek, asked: tuple[object, ...], tmp_path: Path
) -> None:
    profile = tmp_path / "types.yaml"
    profile.write_text(
        "name: t\ndescription: t\ndetectors: [{use: hash_set}, {use: type}]\n" + AS_YAML
    )
    bundle = _scan(seek, asked, profile, tmp_path / "out")
    assert _by_kind(_document(bundle)) == BY_KIND


def test_the_bundle_verifies_and_one_with_another_count_does_not(
    bundle: Path, key: Path, seek: Seek, tmp_path: Path
) -> None:
    assert seek("verify", bundle).returncode == 0
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    document = _document(copy)
    for volume in document.coverage.volumes.values():
        for held in volume.containers.values():
            held.locked = held.locked_bytes = 0
    document = msgspec.structs.replace(document, ending=reckon(document))
    (copy / layout.FINDINGS).write_bytes(schema.encode(document))
    (copy / layout.REPORT).write_text(html.render(document), encoding="utf-8")
    with open_signer(key) as signer:
        samples.sign_again(copy, signer)
    done = seek("verify", copy)
    assert done.returncode == 20
    assert "has other counts in entries.jsonl" in done.stdout + done.stderr


def test_what_the_profile_leaves_out_is_left_out_and_no_container(
    disk: Path, tmp_path: Path
) -> None:
    """Only pictures are asked for: the rest is told as left out, and not a second time."""
    look_at = LookAt(content=(Family.PICTURES,))
    profile = Profile(
        name="p", description="", look_at=look_at, detectors=(TypeUse(),), limits=SHUT
    )
    scanned = scanning.run(disk, out=tmp_path / "out", profile=profile)
    assert _by_kind(scanned.document) == {"appended zip": (1, 0)}


def test_content_that_passes_unread_is_told_by_its_name(tmp_path: Path) -> None:
    """No set has anything of their size, and no type is asked for: nothing of them is read."""
    large = making.zipped({"a.bin": bytes(300_000)}, method=zipfile.ZIP_STORED)
    files = {"named.zip": large, "not named": large + b"x", "small": making.zipped({"a": b"x"}),
             "picture.zip.jpg": large}  # fmt: skip
    fat_volume(tmp_path / "suspect.img", 40 << 20, files)
    sizes = tmp_path / "sized.csv"
    sizes.write_text("sha256,size\n" + f"{'a' * 64},77\n{'b' * 64},78\n")
    scanned = scanning.run(
        tmp_path / "suspect.img", out=tmp_path / "out", profile=DIGESTS, hash_sets=(sizes,)
    )
    read = {path: scanned.line(path).result.bytes_read for path in files}
    assert read == {"named.zip": 0, "not named": 0, "small": len(files["small"]),
                    "picture.zip.jpg": 0}  # fmt: skip
    assert {path for path in files if scanned.line(path).result.container} == {"named.zip", "small"}
    typed = scanning.run(
        tmp_path / "suspect.img", out=tmp_path / "typed", profile=TYPED, hash_sets=(sizes,)
    )
    assert {path for path in files if typed.line(path).result.container} == set(files)


def test_large_containers_are_told_by_both_their_ends(tmp_path: Path) -> None:
    large = bytes(5 << 20)
    locked = bytearray(making.zipped({"a.bin": large, "b": b"x"}, method=zipfile.ZIP_STORED))
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    files = {"a": bytes(locked), "b": b"x\xda" + large + b"koly" + bytes(508), "c": large}
    fat_volume(tmp_path / "suspect.img", 60 << 20, files)
    scanned = scanning.run(
        tmp_path / "suspect.img", out=tmp_path / "out", profile=DIGESTS,
        hash_sets=(_list(tmp_path / "set.txt", b"none"),),
    )  # fmt: skip
    told = {
        path: (scanned.line(path).result.container, scanned.line(path).result.locked)
        for path in files
    }
    assert told == {"a": ("zip", True), "b": ("dmg", False), "c": ("", False)}


@pytest.mark.parametrize("sealing", [True, False])
def test_a_scan_that_goes_on_counts_what_was_counted_before(
    disk: Path, sets: tuple[Path, Path], tmp_path: Path, *, sealing: bool
) -> None:
    told: list[Event] = []

    def tell(event: Event) -> None:
        told.append(event)
        if not sealing and isinstance(event, FindingTold):
            raise KeyboardInterrupt

    def wants_stop() -> bool:
        return sealing and any(isinstance(event, FindingTold) for event in told)

    search = scanning.search_of(disk, out=tmp_path / "out", profile=TYPED, hash_sets=(sets[0],))
    try:
        scan(search, tell=tell, wants_stop=wants_stop)
    except KeyboardInterrupt:
        assert not sealing
    earlier = Earlier(cut_off.bundle_in(tmp_path / "out"))
    sealed = scan(search_again(earlier), tell=told.append, earlier=earlier)
    assert earlier.carried
    whole = scanning.run(disk, out=tmp_path / "whole", profile=TYPED, hash_sets=(sets[0],))
    resumed = _document(Path(sealed.bundle))
    assert _by_kind(resumed) == _by_kind(whole.document)
    assert resumed.coverage == whole.document.coverage
    assert verify(Path(sealed.bundle)).failed is None


def test_one_that_could_be_read_only_in_part_is_counted_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", FAILING)
    content = bytes(30_000) + failing.MARK.ljust(512, b"\0") + bytes(30_000)
    bad = making.zipped({"a.bin": content}, method=zipfile.ZIP_STORED)
    ext_volume(tmp_path / "suspect.img", 8 << 20, {"bad.zip": bad})
    scanned = scanning.run(tmp_path / "suspect.img", out=tmp_path / "out", profile=TYPED)
    line = scanned.line("bad.zip")
    assert (line.result.outcome, line.result.container) == (Outcome.UNREADABLE, "zip")
    assert _by_kind(scanned.document) == {"zip": (1, 0)}
    assert verify(scanned.bundle).failed is None
