"""All that lies in findings is taken out with the digest that was signed, wherever that is: in
containers in containers, in pieces, in encrypted volumes, in arrays, in snapshots, in images."""

import hashlib
import io
import shutil
import string
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from msgspec.structs import replace as replace_entry

from tests.altered import drawn_jpeg
from tests.conftest import Seek
from tests.containers import making
from tests.coordinator.played import Stage, pool_on
from tests.disks import ext_volume, gpt_disk
from tests.locked import luks
from tests.making.apfs import MadeVolume, apfs_container
from tests.making.arrays import Md, md_array
from tests.members import making_mails, making_pdfs
from tests.members.writing import archived
from tests.parts.making import shrunk, thumbs_db, with_exif_thumbnail
from tests.workers import scanning
from tests.workshop.test_extracting import ENTRY, VOLUME, _device, _listed
from triage.bundle.checking.verify import verify
from triage.choices import HashSetUse, PerceptualUse
from triage.coordinator.copier import Copier
from triage.coordinator.secrets_tried import Secrets
from triage.media.window import InMemory
from triage.parts.matching import MOST_MATCHES
from triage.profile import Profile
from triage.scan import scan
from triage.secret import typed
from triage.sources import Content, Source
from triage.wire.messages import (
    Copied,
    CopyParts,
    NextBytes,
    OpenedDevice,
    PartCopied,
    Ready,
    Reply,
    WantedPart,
)
from triage.workers import parts_again
from triage.workshop.copies import NOT_TOLD, Arriving
from triage.workshop.extracting import NO_SOURCE, NOT_ALL_OF_IT, NOT_OPENED

PICTURES = [drawn_jpeg(number) for number in range(20)]
PROFILE = Profile(name="digests", description="", detectors=(HashSetUse(), PerceptualUse()))
MIB = 1 << 20
PASSWORD = "open it"  # noqa: S105
THUMBNAIL, IN_A_MEMBER = shrunk(PICTURES[7]), shrunk(PICTURES[16])


HARMLESS = {*string.ascii_letters, *string.digits, *"-_."}


class Exhibits(NamedTuple):
    """What was scanned, and what came of it."""

    images: list[Path]
    bundle: Path
    secrets: Path
    passwords: Path


def _in_containers(folder: Path) -> dict[str, bytes]:
    """Pictures, each in another way."""
    ext_volume(folder / "phone", 8 * MIB, {"DCIM/a.jpg": PICTURES[4]})
    inner = making.zipped({"deep/../../x.jpg": PICTURES[1]})
    private = {"a.jpg": PICTURES[9]}
    return {
        "holiday.zip": making.zipped({"2019/a.jpg": PICTURES[0]}),
        "outer.zip": making.zipped({"inner.zip": inner, "n.txt": b"n"}),
        "solid.7z": archived("7zip", {"x.jpg": PICTURES[2]}),
        "letter.eml": making_mails.single(making_mails.base64_lines(PICTURES[3]), "base64"),
        "phone.img": (folder / "phone").read_bytes(),
        "brochure.pdf": making_pdfs.with_jpegs({"flate": PICTURES[5]}),
        "Thumbs.db": thumbs_db({"gone.jpg": PICTURES[6]}),
        "camera.jpg": with_exif_thumbnail(PICTURES[8], THUMBNAIL),
        "private.zip": archived("zip", private, options="zip:encryption=aes256", password=PASSWORD),
        "trip.zip": making.zipped({"b.jpg": with_exif_thumbnail(PICTURES[15], IN_A_MEMBER)}),
        "open.jpg": PICTURES[10],
    }


EVERYWHERE = [*PICTURES[:7], THUMBNAIL, IN_A_MEMBER, *PICTURES[9:15]]
"""What the lab's set knows, and lies somewhere."""


@pytest.fixture(scope="module")
def exhibits(tmp_path_factory: pytest.TempPathFactory) -> Exhibits:
    folder = tmp_path_factory.mktemp("exhibits")
    ext_volume(folder / "files", 24 * MIB, _in_containers(folder))
    locked = {"in luks.jpg": PICTURES[11], "in luks.zip": making.zipped({"a": PICTURES[12]})}
    ext_volume(folder / "plain", 8 * MIB, locked)
    luks.volume(folder / "locked", (folder / "plain").read_bytes())
    earlier = ("2023-11-14", {"then.jpg": PICTURES[13]})
    apfs_container(folder / "mac", [MadeVolume({"now.txt": b"now"}, earlier=[earlier])])
    gpt_disk(folder / "disk", [folder / "files", folder / "locked", folder / "mac"])
    ext_volume(folder / "ext", 8 * MIB, {"in an array.jpg": PICTURES[14]})
    array = md_array(folder, (folder / "ext").read_bytes(), Md(level=0, members=2))
    known, secrets, passwords = (folder / name for name in ("known.txt", "secrets", "passwords"))
    known.write_text("".join(f"{hashlib.sha256(each).hexdigest()}\n" for each in EVERYWHERE))
    secrets.write_text(f"not this\n{luks.PASSPHRASE}\n")
    passwords.write_text(f"{PASSWORD}\n")
    images = [folder / "disk", *array]
    search = scanning.search_of(*images, out=folder / "out", profile=PROFILE, hash_sets=(known,))
    search = replace(search, secrets=Secrets(given=(typed(luks.PASSPHRASE),)), passwords=passwords)
    bundle = Path(scan(search, tell=lambda _: None).bundle)
    return Exhibits(images, bundle, secrets, passwords)


def _sources(images: list[Path]) -> list[object]:
    return [word for image in images for word in ("--source", image)]


def test_every_content_that_matched_comes_out_with_the_digest_that_was_signed(
    exhibits: Exhibits, seek: Seek, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = seek("extract", exhibits.bundle, "--all", *_sources(exhibits.images), "--out", out,
                "--unlock", exhibits.secrets, "--passwords", exhibits.passwords)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is open" in done.stdout
    files = {path.name: path.read_bytes() for path in out.iterdir()}
    listed = _listed(out)
    for each in listed:
        assert hashlib.sha256(files[each["file"]]).hexdigest() == each["sha256"]
        assert len(files[each["file"]]) == each["size"]
    assert set(EVERYWHERE) <= set(files.values())
    named = {each["part"]: each["file"] for each in listed if "part" in each}
    assert named["inner.zip » deep/../../x.jpg"].endswith("-outer-001-x.jpg")
    assert all(set(name) <= HARMLESS for name in files)
    sums = subprocess.run(["sha256sum", "--quiet", "-c", "extracted.sha256"], cwd=out, check=False)
    assert sums.returncode == 0
    assert len(files) == len(listed) + 5


def test_what_needs_a_secret_says_so_without_it_and_all_else_comes(
    exhibits: Exhibits, seek: Seek, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    wrong = tmp_path / "wrong"
    wrong.write_text("not this\n")
    done = seek("extract", exhibits.bundle, "--all", *_sources(exhibits.images), "--out", out,
                "--unlock", wrong)  # fmt: skip
    assert done.returncode == 3
    assert "stays locked: nothing that was given opens it" in " ".join(done.stdout.split())
    missing = {(each["path"], each.get("part", "")): each["trouble"]
               for each in _listed(out) if "trouble" in each}  # fmt: skip
    assert missing == {
        ("in luks.jpg", ""): NOT_OPENED,
        ("in luks.zip", ""): NOT_OPENED,
        ("private.zip", "a.jpg"): parts_again.LOCKED,
    }


def test_of_an_array_all_devices_are_needed_and_which_is_which_can_be_said(
    exhibits: Exhibits, seek: Seek, tmp_path: Path
) -> None:
    disk, first, second = exhibits.images
    moved = [shutil.copyfile(each, tmp_path / each.name) for each in (first, second)]
    number = next(each["finding"] for each in _said(exhibits) if each["path"] == "in an array.jpg")
    command = ["extract", exhibits.bundle, number, "--out"]
    done = seek(*command, tmp_path / "one", "--source", first)
    assert done.returncode == 3
    (one,) = _listed(tmp_path / "one")
    assert one["trouble"].endswith(f"; {NOT_ALL_OF_IT}")
    done = seek(*command, tmp_path / "none", "--source", disk)
    assert [each["trouble"] for each in _listed(tmp_path / "none")] == [NO_SOURCE]
    done = seek(*command, tmp_path / "unclear", "--source", moved[0], "--source", moved[1])
    assert done.returncode == 2
    assert "Say which: --source d1=" in " ".join(done.stderr.split())
    done = seek(*command, tmp_path / "said", "--source", f"d2={moved[1]}",
                "--source", f"d1={moved[0]}")  # fmt: skip
    assert done.returncode == 0, done.stderr
    done = seek(*command, tmp_path / "exchanged", "--source", f"d1={moved[1]}",
                "--source", f"d2={moved[0]}")  # fmt: skip
    assert done.returncode in (0, 3)
    for each in _listed(tmp_path / "exchanged"):
        assert each.get("sha256") in (None, hashlib.sha256(PICTURES[14]).hexdigest())


def _said(exhibits: Exhibits) -> list[dict[str, Any]]:
    return [
        {"finding": line.found.number, "path": line.entry.path}
        for line in scanning.lines_of(exhibits.bundle)
        if line.found is not None
    ]


def test_what_matched_beyond_what_is_told_one_by_one_is_named(seek: Seek, tmp_path: Path) -> None:
    """And the archive is a finding: what a worker says of them is believed, and verifies."""
    suspect = tmp_path / "suspect"
    suspect.mkdir()
    many = {f"{number}.txt": b"%d" % number for number in range(MOST_MATCHES + 5)}
    (suspect / "many.zip").write_bytes(making.zipped(many))
    known = tmp_path / "known.txt"
    known.write_text("".join(f"{hashlib.sha256(each).hexdigest()}\n" for each in many.values()))
    scanned = scanning.run(suspect, out=tmp_path / "b", hash_sets=(known,))
    assert verify(scanned.bundle).failed is None
    last = scanned.line("many.zip").result.matches[-1]
    assert last.reason.startswith("5 more matches in this file, of which this is the surest; 100")
    done = seek("extract", scanned.bundle, "--all", "--source", suspect, "--out", tmp_path / "out")
    assert done.returncode == 3
    listed = _listed(tmp_path / "out")
    assert [each["trouble"] for each in listed if "trouble" in each] == [NOT_TOLD]
    assert len(listed) == 1 + MOST_MATCHES + 1 + 1
    assert listed[-1]["part"] == "4 more"
    assert "not taken out: more in it matched" in " ".join(done.stdout.split())


def _handed_over(container: bytes, *wanted: WantedPart) -> tuple[list[tuple[int, bytes]], str]:
    """What came, as which of the wanted; and why not all did."""
    entry = replace_entry(ENTRY, path="a.tar", size=len(container))
    request = CopyParts(entry=entry, parts=wanted)
    content = cast("Content", InMemory(container))
    again = parts_again.PartsAgain(cast("Source", None), content, request, ())
    came, held = list[tuple[int, bytes]](), b""
    for reply in again.found():
        if isinstance(reply, NextBytes):
            held += reply.data
        elif isinstance(reply, PartCopied):
            came.append((reply.number, held))
            held = b""
    assert not held
    return came, again.trouble


def _wanted(path: str, content: bytes) -> WantedPart:
    return WantedPart(path=path, size=len(content), sha256=hashlib.sha256(content).digest())


def test_a_member_too_large_for_memory_comes_as_it_is_read_and_of_two_the_right_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two have one name, one of them the same size; what is not it is said to be none."""
    monkeypatch.setattr(parts_again, "KEPT_BYTES", 2_500_000)
    large, other = (bytes([n]) * 4_000_000 for n in (1, 2))
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for content in (b"\3" * 9_000_000, other, large):
            named = tarfile.TarInfo("film.mov")
            named.size = len(content)
            tar.addfile(named, io.BytesIO(content))
    came, trouble = _handed_over(raw.getvalue(), _wanted("film.mov", large))
    assert [number for number, _ in came] == [-1, -1, 0]
    assert came[-1] == (0, large)
    assert len(came[0][1]) <= len(large)
    assert trouble == ""
    cut = raw.getvalue()[: 9_000_000 + 4_000_000 + 3_000_000]
    came, trouble = _handed_over(cut, _wanted("film.mov", large))
    assert {number for number, _ in came} == {-1}
    assert trouble == parts_again.NOT_FOUND


def test_what_comes_and_is_not_what_was_signed_is_not_kept(tmp_path: Path) -> None:
    arriving = Arriving(tmp_path)
    arriving.take(b"two")
    assert not arriving.keep(hashlib.sha256(b"one").hexdigest(), "a.jpg")
    assert list(tmp_path.iterdir()) == []
    arriving.take(b"one")
    assert arriving.keep(hashlib.sha256(b"one").hexdigest(), "a.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == b"one"


def test_what_is_no_container_any_more_gives_nothing_and_says_so() -> None:
    assert _handed_over(b"text" * 99, _wanted("a", b"one")) == ([], parts_again.NOT_OPENED)


WANTED = (
    WantedPart(path="a", size=3, sha256=hashlib.sha256(b"one").digest()),
    WantedPart(path="b", size=3, sha256=hashlib.sha256(b"two").digest()),
)


@pytest.mark.parametrize(
    ("said", "how", "came"),
    [
        ((NextBytes(data=b"one"), PartCopied(number=0), Copied(entry_id=7)), "", [0]),
        (
            (NextBytes(data=b"o"), PartCopied(number=-1), NextBytes(data=b"two"),
             PartCopied(number=1), Copied(entry_id=7, trouble="no more")),
            "no more", [-1, 1],
        ),
        ((NextBytes(data=b"four"),), "a worker handed over more than the entry holds", []),
        ((NextBytes(data=b"on"), PartCopied(number=0)),
         "a worker handed over a part of another size", []),
        ((NextBytes(data=b"one"), PartCopied(number=2)),
         "a worker handed over a part that was not asked for", []),
        ((NextBytes(data=b"one"), Copied(entry_id=7)),
         "a worker handed over bytes and did not say of what", []),
        ((Copied(entry_id=8),), "a worker copied another entry", []),
    ],
)  # fmt: skip
def test_of_parts_a_copier_hands_over_what_was_asked_for_or_is_ended(
    said: tuple[Reply, ...], how: str, came: list[int], tmp_path: Path
) -> None:
    stage, told = Stage(), list[int]()
    opened = OpenedDevice(device=_device(0, str(tmp_path), 9), descriptors=(), sizes=())
    with pool_on(stage) as pool:
        copier = Copier(pool, [opened], [VOLUME])
        copier.ask_for_parts(ENTRY, WANTED, lambda data: None, told.append)
        voice = stage.voices[-1]
        voice.say(Ready(confinement=("seccomp",)))
        copier.turn(0.01)
        voice.asked(CopyParts)
        voice.say(*said)
        ended = [copier.turn(0.05) for _ in range(5)]
        assert next(each for each in ended if each is not None) == how
        assert told == came
