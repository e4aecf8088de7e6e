"""Known pictures inside archives and documents are found, and what was not looked into is said.

The disk holds 116 pictures of ours: one openly, the others in containers of every kind that is
opened, in containers in containers, beside what is damaged, encrypted or opened by nobody.
"""

import hashlib
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.altered import drawn_jpeg
from tests.bundle import samples
from tests.conftest import SEEK, Seek
from tests.containers import making
from tests.disks import ext_volume
from tests.fuzz.mutation import mutated
from tests.members.making_rar import Rared, rar5
from tests.members.making_seven_zip import Group, seven_zip
from tests.members.writing import archived
from tests.scan import cut_off
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout, schema
from triage.bundle.format.document import Document
from triage.bundle.format.reckoning import reckon
from triage.bundle.rendering import html
from triage.bundle.writing.signing import new_key, open_signer
from triage.choices import HashSetUse, NameUse, PerceptualUse, TypeUse
from triage.ending import How, Reason
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import Limits, MemberLimits, Profile
from triage.scan.passwords import passwords_in
from triage.workers.outcomes import NOT_ALL_TRIED

DIGESTS = Profile(name="digests", description="", detectors=(HashSetUse(),))
_CHANCE = random.Random(22)
PICTURES = [making.PNG + _CHANCE.randbytes(3000 + number) for number in range(116)]
OPENLY, INSIDE = PICTURES[0], PICTURES[1:]


def _taken(count: int, at: list[int] = [0]) -> dict[str, bytes]:  # noqa: B006 - it goes on
    """The next so many, by name."""
    begin = at[0]
    at[0] += count
    return {f"2019/{number}.png": INSIDE[number] for number in range(begin, begin + count)}


def _disk() -> dict[str, bytes]:
    deep = making.zipped(_taken(8))
    office = {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}
    files = {
        "stored.zip": making.zipped(_taken(14), method=zipfile.ZIP_STORED),
        "deflated.zip": making.zipped(_taken(14)),
        "in a zip.zip": making.zipped({"a.zip": making.zipped({"b.zip": deep}), "n.txt": b"n"}),
        "solid.7z": archived("7zip", _taken(14)),
        "t.tar": making.tarred("w", _taken(14)),
        "t.tar.gz": making.tarred("w:gz", _taken(14)),
        "t.tar.xz": making.tarred("w:xz", _taken(7)),
        "letter.docx": making.zipped(office | {f"word/media/{n.rpartition('/')[2]}": each
                                               for n, each in _taken(10).items()}),
        "books.cbz": making.zipped(_taken(5)),
        "old.cpio": archived("cpio", _taken(4)),
        "disc.iso": archived("iso9660", _taken(4)),
        "a.xar": archived("xar", _taken(3)),
        "one.png.gz": archived("raw", _taken(1), packed="gzip"),
        "one.png.bz2": archived("raw", _taken(1), packed="bzip2"),
        "one.png.zst": archived("raw", _taken(1), packed="zstd"),
        "program.exe": making.program_with(making.zipped(_taken(1))),
    }  # fmt: skip
    return files | {"pictures/open.png": OPENLY, "clean.zip": making.zipped({"a.txt": b"a"})}


FILES = _disk()


def _list(path: Path, *contents: bytes) -> Path:
    path.write_text("".join(f"{hashlib.sha256(each).hexdigest()}\n" for each in contents))
    return path


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suspect")
    ext_volume(folder / "disk.img", 32 << 20, FILES)
    return folder / "disk.img"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _list(tmp_path_factory.mktemp("sets") / "known.txt", *PICTURES)


def _found(scanned: scanning.Scanned) -> set[str]:
    """SHA-256 of all that matched."""
    told = [match.provenance for line in scanned.lines for match in line.result.matches]
    return {each.get("part_sha256") or each["digest"] for each in told}


@pytest.mark.parametrize("profile", [DIGESTS, scanning.PLAIN], ids=["digests", "types"])
def test_every_known_picture_is_found_wherever_it_lies(
    disk: Path, known: Path, tmp_path: Path, profile: Profile
) -> None:
    scanned = scanning.run(disk, out=tmp_path, profile=profile, hash_sets=(known,))
    assert _found(scanned) == {hashlib.sha256(each).hexdigest() for each in PICTURES}
    line = scanned.line("in a zip.zip")
    assert line.result.outcome is Outcome.EXAMINED
    assert line.result.opened is not None
    assert (line.result.opened.members, line.result.opened.containers) == (11, 3)
    match = line.result.matches[0]
    assert match.kind is MatchKind.HASH_SET
    assert match.provenance["member"].startswith("a.zip » b.zip » 2019/")
    ending = reckon(scanned.document)
    assert ending.how is How.COMPLETE, ending
    assert verify(scanned.bundle).failed is None


def test_coverage_counts_what_was_looked_into_by_kind(
    disk: Path, known: Path, tmp_path: Path
) -> None:
    scanned = scanning.run(disk, out=tmp_path, profile=DIGESTS, hash_sets=(known,))
    (volume,) = scanned.document.coverage.volumes.values()
    assert not volume.containers
    assert {kind: told.entries for kind, told in volume.inside.items()} == {
        "zip": 4, "7z": 1, "tar": 1, "gzip": 2, "xz": 1, "docx": 1, "cbz": 1, "cpio": 1, "iso": 1,
        "xar": 1, "bzip2": 1, "zstd": 1, "self-extracting": 1,
    }  # fmt: skip
    lines = [line.result.opened for line in scanned.lines if line.result.opened]
    assert sum(t.members for t in volume.inside.values()) == sum(each.members for each in lines)
    assert sum(t.member_bytes for t in volume.inside.values()) == sum(each.bytes for each in lines)
    report = (scanned.bundle / layout.REPORT).read_text()
    assert "Containers that were looked into" in report
    assert "2019/" in report


def test_a_bundle_with_other_counts_does_not_verify(
    disk: Path, known: Path, seek: Seek, tmp_path: Path
) -> None:
    new_key(tmp_path / "key", comment="insider", ask=False)
    profile = tmp_path / "digests.yaml"
    profile.write_text("name: t\ndescription: t\ndetectors: [{use: hash_set}]\n")
    done = seek("scan", disk, "--hash-set", known, "--profile", profile, "--key", tmp_path / "key",
                "--out", tmp_path / "out")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    bundle = cut_off.bundle_in(tmp_path / "out")
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    document: Document = schema.decode((copy / layout.FINDINGS).read_bytes())
    for volume in document.coverage.volumes.values():
        volume.inside["zip"].members -= 1
    document = msgspec.structs.replace(document, ending=reckon(document))
    (copy / layout.FINDINGS).write_bytes(schema.encode(document))
    (copy / layout.REPORT).write_text(html.render(document), encoding="utf-8")
    with open_signer(tmp_path / "key") as signer:
        samples.sign_again(copy, signer)
    refused = seek("verify", copy)
    assert refused.returncode == 20
    assert "has other counts in entries.jsonl" in refused.stdout + refused.stderr


def _scan(tmp_path: Path, files: dict[str, bytes], profile: Profile = DIGESTS) -> scanning.Scanned:
    ext_volume(tmp_path / "suspect.img", 16 << 20, files)
    known = _list(tmp_path / "known.txt", OPENLY)
    return scanning.run(tmp_path / "suspect.img", out=tmp_path / "out", profile=profile,
                        hash_sets=(known,))  # fmt: skip


def _told(scanned: scanning.Scanned) -> dict[Reason, int]:
    ending = reckon(scanned.document)
    assert ending == scanned.document.ending
    return {each.reason: each.count for each in ending.mattering}


def test_what_is_encrypted_is_named_and_the_scan_is_not_all(tmp_path: Path) -> None:
    files = {
        "a.zip": making.zip_crypto("secret.png", OPENLY),
        "b.7z": making.real("7z-names-locked.7z"),
        "c.odt": making.open_document("text", locked=True),
    }
    scanned = _scan(tmp_path, files)
    assert _told(scanned) == {Reason.CONTAINER_ENCRYPTED: 3}
    opened = scanned.line("a.zip").result.opened
    assert opened is not None
    assert opened.locked_names == ("secret.png",)
    assert (scanned.line("b.7z").result.container, scanned.line("b.7z").result.locked) == (
        "7z", True,
    )  # fmt: skip
    assert verify(scanned.bundle).failed is None


def test_a_password_of_the_list_opens_a_zip_and_is_in_no_bundle(seek: Seek, tmp_path: Path) -> None:
    word = "corrècthorse"
    locked = archived("zip", {"a.png": OPENLY}, options="zip:encryption=aes256", password=word)
    ext_volume(tmp_path / "suspect.img", 16 << 20, {"outer.zip": making.zipped({"in.zip": locked})})
    known = _list(tmp_path / "known.txt", OPENLY)
    words = tmp_path / "words.txt"
    words.write_text(f"wrong\r\n\n{word}\r\n", encoding="utf-8")
    profile = tmp_path / "digests.yaml"
    profile.write_text("name: t\ndescription: t\ndetectors: [{use: hash_set}]\n")
    done = seek("scan", tmp_path / "suspect.img", "--hash-set", known, "--profile", profile,
                "--passwords", words, "--out", tmp_path / "out")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    bundle = cut_off.bundle_in(tmp_path / "out")
    (line,) = [each for each in scanning.lines_of(bundle) if each.result.opened]
    assert line.result.opened is not None
    assert line.result.opened.opened_by == (3,)
    assert line.result.matches[0].provenance["member"] == "in.zip » a.png"
    assert "password in line 3 of the list" in (bundle / layout.REPORT).read_text()
    for path in bundle.rglob("*"):
        assert not path.is_file() or word.encode() not in path.read_bytes()
    assert verify(bundle).failed is None


def test_passwords_of_the_list_open_7z_and_rar_and_those_not_tried_are_counted(
    seek: Seek, tmp_path: Path
) -> None:
    first, second, other = "corrècthorse", "stàple", "other"
    slow = Rared(name="slow", content=b"s", password=first, claims_cycles=24)
    files = {
        "a.7z": seven_zip(Group(files={"a.png": OPENLY}, password=second),
                          names=Group(files={}, password=second, packed="lzma")),
        "b.rar": rar5(Rared(name="b.png", content=OPENLY, password=first)),
        "c.rar": rar5(Rared(name="c.png", content=OPENLY), slow),
        "d.7z": seven_zip(Group(files={"d.png": OPENLY}, password=other)),
    }  # fmt: skip
    ext_volume(tmp_path / "suspect.img", 16 << 20, files)
    words, profile = tmp_path / "words.txt", tmp_path / "digests.yaml"
    words.write_text(f"{first}\n{second}\n", encoding="utf-8")
    profile.write_text("name: t\ndescription: t\ndetectors: [{use: hash_set}]\n")
    known = _list(tmp_path / "known.txt", OPENLY)
    done = seek("scan", tmp_path / "suspect.img", "--hash-set", known, "--profile", profile,
                "--passwords", words, "--out", tmp_path / "out")  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    bundle = cut_off.bundle_in(tmp_path / "out")
    lines = {each.entry.path: each.result for each in scanning.lines_of(bundle)}
    told = {
        path: (len(result.matches), result.opened.opened_by, result.opened.locked, result.untried)
        for path, result in lines.items()
        if result.opened
    }
    assert told == {
        "a.7z": (1, (2,), 0, 0), "b.rar": (1, (1,), 0, 0), "c.rar": (1, (), 1, 2),
        "d.7z": (0, (), 1, 0),
    }  # fmt: skip
    assert lines["c.rar"].reason == NOT_ALL_TRIED
    assert "2 passwords not tried" in (bundle / layout.REPORT).read_text()
    for path in bundle.rglob("*"):
        assert not path.is_file() or first.encode() not in path.read_bytes()
    assert verify(bundle).failed is None


def test_a_list_of_passwords_that_is_none_is_refused(seek: Seek, tmp_path: Path) -> None:
    many, odd = tmp_path / "many.txt", tmp_path / "odd.txt"
    many.write_text("word\n" * 1001)
    odd.write_bytes(b"\xff\xfe\x00")
    for path, said in ((many, "too many"), (odd, "cannot be read"), (tmp_path / "no", "cannot be")):
        done = seek("scan", tmp_path, "--passwords", path, "--out", tmp_path)
        assert done.returncode == 2
        assert said in done.stdout + done.stderr
    many.write_text("word\n" * 1000)
    assert passwords_in(many)[-2:] == ("word", "")


def test_what_is_damaged_is_unreadable_and_keeps_what_was_found(tmp_path: Path) -> None:
    content = bytearray(making.zipped({"a.png": OPENLY, "b": b"b" * 900}, method=0))
    content[content.index(b"bbb") + 9] ^= 1
    half = making.zipped({"a.png": OPENLY, "b": bytes(9000)}, method=0)[:6000]
    scanned = _scan(tmp_path, {"bad.zip": bytes(content), "half.zip": half})
    for path in ("bad.zip", "half.zip"):
        line = scanned.line(path)
        assert line.result.outcome is Outcome.UNREADABLE
        assert line.result.reason.startswith("damaged")
        assert [match.provenance["member"] for match in line.result.matches] == ["a.png"]
    assert _told(scanned) == {Reason.ENTRY_UNREADABLE: 2}
    assert verify(scanned.bundle).failed is None


def test_a_bomb_is_stopped_and_said_and_what_lies_beside_it_is_found(tmp_path: Path) -> None:
    bomb = making.zipped({"a.png": OPENLY, "b.bin": bytes(30_000_000), "c.png": OPENLY})
    limits = Limits(members=MemberLimits(bytes_freely="1 MB", times=10), entry_time="10 h")
    profile = Profile(name="p", description="", detectors=(HashSetUse(),), limits=limits)
    scanned = _scan(tmp_path, {"bomb.zip": bomb, "z.png": OPENLY}, profile)
    line = scanned.line("bomb.zip")
    assert line.result.outcome is Outcome.UNREADABLE
    assert "larger together" in line.result.reason
    assert [match.provenance["member"] for match in line.result.matches] == ["a.png"]
    assert scanned.line("z.png").result.matches


def test_a_known_container_that_nobody_opens_inside_one_is_said(tmp_path: Path) -> None:
    notes = b"\x1a\0\0\x04\0\0" + bytes(2000)
    scanned = _scan(tmp_path, {"a.zip": making.zipped({"mail.nsf": notes})})
    assert _told(scanned) == {Reason.CONTAINER_UNOPENED: 1}


def test_without_leave_of_the_profile_nobody_looks_inside(tmp_path: Path) -> None:
    limits = Limits(members=MemberLimits(at_most=0))
    profile = Profile(name="p", description="", detectors=(HashSetUse(),), limits=limits)
    scanned = _scan(tmp_path, {"a.zip": making.zipped({"a.png": OPENLY})}, profile)
    line = scanned.line("a.zip")
    assert (line.result.container, line.result.opened, line.result.matches) == ("zip", None, ())
    assert _told(scanned) == {Reason.CONTAINER_UNOPENED: 1}


def test_an_altered_picture_in_a_zip_is_found_by_its_looks_and_has_a_preview(
    tmp_path: Path,
) -> None:
    picture = drawn_jpeg(22)
    known = tmp_path / "known.csv"
    from triage.detectors.pdq import pdq
    from triage.detectors.pictures import decode

    made = pdq(decode(picture, "image/jpeg").pixels)
    known.write_text(f"sha256,pdq\n{'a' * 64},{made.value.hex()}\n")
    inner = making.zipped({"holiday.jpg": picture + b"\0"})
    ext_volume(tmp_path / "suspect.img", 16 << 20, {"a.zip": making.zipped({"in.zip": inner})})
    profile = Profile(
        name="p", description="", limits=Limits(entry_time="10 h"),
        detectors=(HashSetUse(), TypeUse(), PerceptualUse()),
    )  # fmt: skip
    scanned = scanning.run(tmp_path / "suspect.img", out=tmp_path / "out", profile=profile,
                           hash_sets=(known,))  # fmt: skip
    (finding,) = scanned.document.findings
    (match,) = finding.result.matches
    assert match.kind is MatchKind.PERCEPTUAL
    assert match.provenance["member"] == "in.zip » holiday.jpg"
    assert finding.found.preview
    assert verify(scanned.bundle).failed is None


def test_pictures_in_a_zip_that_nobody_decodes_are_counted_by_kind(tmp_path: Path) -> None:
    raw = b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(600)
    members = {"a.cr2": raw, "broken.jpg": drawn_jpeg(3)[:300], "good.jpg": drawn_jpeg(4)}
    profile = Profile(
        name="p", description="", limits=Limits(entry_time="10 h"),
        detectors=(HashSetUse(), TypeUse(), PerceptualUse()),
    )  # fmt: skip
    scanned = _scan(tmp_path, {"a.zip": making.zipped(members)}, profile)
    opened = scanned.line("a.zip").result.opened
    assert opened is not None
    assert opened.undecoded == {"camera raw": 1, "damaged, in an archive or document": 1}
    assert _told(scanned) == {Reason.PICTURE_UNDECODED: 2}
    assert verify(scanned.bundle).failed is None


STARTER = """
import os, subprocess, sys
scan = subprocess.Popen(sys.argv[1:])
_, status, used = os.wait4(scan.pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss, end="")
"""
"""A process has the most memory of whoever forked it, too: this one has little."""


def test_a_thousand_mutated_archives_end_with_a_bundle_within_time_room_and_budget(
    tmp_path: Path,
) -> None:
    """The command and all of its workers, each under 1 GiB."""
    chance = random.Random(22)
    whole = [content for name, content in FILES.items() if "open" not in name]
    files = {f"{number}.bin": mutated(chance.choice(whole), chance) for number in range(1000)}
    files["known.zip"] = making.zipped({"a.png": OPENLY})
    ext_volume(tmp_path / "suspect.img", 64 << 20, files)
    known = _list(tmp_path / "known.txt", OPENLY)
    profile = tmp_path / "lab.yaml"
    limits = "{members: {at_most: 50, bytes_freely: 1 MB, times: 2}}"
    detectors = "[{use: hash_set}, {use: type}]"
    profile.write_text(f"name: t\ndescription: t\ndetectors: {detectors}\nlimits: {limits}\n")
    options = ["--hash-set", known, "--profile", profile, "--out", tmp_path / "out"]
    command = [str(word) for word in (SEEK, "scan", tmp_path / "suspect.img", *options)]
    scan = subprocess.run(
        [sys.executable, "-c", STARTER, *command], text=True, capture_output=True, check=False
    )
    code, _, most = scan.stdout.rpartition("\n")[2].partition(" ")
    assert code == "3", scan.stdout + scan.stderr
    assert int(most) < 1 << 20, "KiB, of the largest of its processes"
    bundle = cut_off.bundle_in(tmp_path / "out")
    lines = {line.entry.path: line.result for line in scanning.lines_of(bundle)}
    assert lines["known.zip"].matches
    assert {lines[path].outcome for path in files} <= {Outcome.EXAMINED, Outcome.UNREADABLE}
    for path, content in files.items():
        if opened := lines[path].opened:
            assert opened.members <= 50
            assert opened.bytes <= max(1_000_000, 2 * len(content)) + (1 << 20), "a step more"
    assert "ended its reader" not in (bundle / layout.LOG).read_text()
    assert verify(bundle).failed is None


@pytest.mark.skipif(shutil.which("bsdtar") is None, reason="bsdtar is not installed")
def test_stock_tools_take_out_the_same(tmp_path: Path) -> None:
    """One call for each step of a member's way."""
    outer = making.zipped({"in.7z": archived("7zip", {"2019/a.png": OPENLY}), "b.txt": b"b"})
    scanned = _scan(tmp_path, {"letters.zip": outer})
    (match,) = scanned.line("letters.zip").result.matches
    content = outer
    for step in match.provenance["member"].split(" » "):
        (tmp_path / "step").write_bytes(content)
        taken = subprocess.run(["bsdtar", "-xOf", tmp_path / "step", step], check=True,
                               capture_output=True)  # fmt: skip
        content = taken.stdout
    assert hashlib.sha256(content).hexdigest() == match.provenance["part_sha256"]


def test_names_of_members_are_held_against_the_lists(tmp_path: Path) -> None:
    profile = Profile(name="p", description="",
                      detectors=(HashSetUse(), NameUse(lists=("sample",))))  # fmt: skip
    words = [line for line in Path("profiles/names-sample.txt").read_text().splitlines()
             if line and not line.startswith(("#", "["))]  # fmt: skip
    name = words[0].split(",")[0].strip()
    scanned = _scan(tmp_path, {"a.zip": making.zipped({f"folder/{name}.txt": b"x"})}, profile)
    matches = scanned.line("a.zip").result.matches
    assert [match.kind for match in matches] == [MatchKind.NAME]
