"""The situations: each makes a real disk, image or folder, and says how a scan of it must end."""

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import disks
from tests.demo import photographs
from tests.disks import MIB
from tests.making import others
from triage.ending import How, Reason

DIGESTS = "name: digests\ndescription: digests\ndetectors: [{use: hash_set}]\n"
WITH_TYPES = (
    "name: types\ndescription: digests and types\n"
    "detectors: [{use: hash_set}, {use: type, report_mismatch: false}]\n"
)
FIRST, SECOND, *_ = photographs()
TEXT = b"bread, milk, a letter to post\n" * 40


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is scanned, and with what."""

    sources: Sequence[Path]
    sets: Sequence[Path] = ()
    profile: str = WITH_TYPES
    options: Sequence[str] = ()
    meanwhile: Callable[["subprocess.Popen[bytes]"], None] | None = None
    """Done to the scan after its first finding, while it waits to tell of the others."""


Make = Callable[[Path], Asked]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A row of the table."""

    name: str
    make: Make
    how: How = How.NOT_ALL
    reasons: frozenset[Reason]
    """Those that are told, besides space outside files; of a scan that was stopped, some."""
    findings: int | None = 0
    """None: as many as there were by then."""


SITUATIONS: list[Situation] = []


def situation(
    name: str, *reasons: Reason, how: How | None = None, findings: int | None = 0
) -> Callable[[Make], Make]:
    """A row of the table; the function makes it in a folder of its own."""
    matters = any(reason.matters for reason in reasons)

    def register(make: Make) -> Make:
        ended = how or (How.NOT_ALL if matters else How.COMPLETE)
        row = Situation(
            name=name, make=make, how=ended, reasons=frozenset(reasons), findings=findings
        )
        SITUATIONS.append(row)
        return make

    return register


def md5_set(folder: Path, *contents: bytes, name: str = "lab.md5", more: str = "") -> Path:
    """A list of MD5s; of none, of something that is nowhere."""
    of = contents or (b"nowhere",)
    lines = [hashlib.md5(content, usedforsecurity=False).hexdigest() for content in of]
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines) + more)
    return path


def camera(folder: Path, name: str = "camera.img", **files: bytes) -> Path:
    """A FAT volume with a photograph, a text, and what else is given."""
    path = folder / name
    named = {key.replace("__", "."): content for key, content in files.items()}
    disks.fat_volume(path, 8 * MIB, {"DCIM/A.JPG": FIRST, "NOTE.TXT": TEXT, **named}, bits=12)
    return path


def asked(folder: Path, *sources: Path, known: Sequence[bytes] = ()) -> Asked:
    """Those sources, with one list of notable digests."""
    return Asked(sources=sources, sets=[md5_set(folder, *known)])


@situation("A readable volume, a hash set, everything read", findings=0)
def all_read(folder: Path) -> Asked:
    """The only plain "no findings"."""
    return asked(folder, camera(folder))


@situation("The same, and known material on it", findings=1)
def all_read_and_found(folder: Path) -> Asked:
    """Findings and a complete scan are two things."""
    return asked(folder, camera(folder), known=[FIRST])


@situation("A folder, all of whose files were read")
def folder_read(folder: Path) -> Asked:
    """What a folder cannot show is said in the devices' table."""
    place = folder / "pictures"
    place.mkdir()
    (place / "a.jpg").write_bytes(FIRST)
    return asked(folder, place)


@situation("No hash set was given", Reason.NO_HASH_SET)
def no_set(folder: Path) -> Asked:
    """The profile wants to look up, and there is nothing to look up in."""
    return Asked(sources=[camera(folder)])


@situation("A profile that looks nothing up needs no hash set")
def no_set_wanted(folder: Path) -> Asked:
    """All that was asked for was looked at."""
    profile = "name: types\ndescription: types\ndetectors: [{use: type}]\n"
    return Asked(sources=[camera(folder)], profile=profile)


@situation("A whole device that is a LUKS container", Reason.VOLUME_ENCRYPTED)
def luks(folder: Path) -> Asked:
    """Header of LUKS1 by its on-disk format, what follows is noise."""
    path = folder / "laptop.img"
    disks.noise(path, 4 * MIB)
    with path.open("r+b") as file:
        file.write(b"LUKS\xba\xbe\x00\x01" + bytes(200))
    return asked(folder, path)


@situation("One of two volumes is BitLocker's, and known material on the other",
           Reason.VOLUME_ENCRYPTED, findings=1)  # fmt: skip
def bitlocker_beside_findings(folder: Path) -> Asked:
    """What was found does not make up for what nobody looked into."""
    locked = folder / "locked"
    disks.noise(locked, 4 * MIB)
    with locked.open("r+b") as file:
        file.write(b"\xeb\x58\x90-FVE-FS-")
    path = folder / "pc.img"
    disks.gpt_disk(path, [camera(folder, "part"), locked])
    return asked(folder, path, known=[FIRST])


@situation("A file system that this version cannot read (APFS)", Reason.VOLUME_UNSUPPORTED)
def unsupported(folder: Path) -> Asked:
    """By the signature of its container's superblock."""
    path = folder / "mac.img"
    disks.noise(path, 4 * MIB)
    with path.open("r+b") as file:
        file.write(bytes(32) + b"NXSB" + (4096).to_bytes(4, "little") + bytes(24))
    return asked(folder, path)


@situation("A file system that does not open", Reason.VOLUME_DAMAGED)
def damaged(folder: Path) -> Asked:
    """An ext4 whose group descriptors are overwritten."""
    path = folder / "damaged.img"
    disks.ext_volume(path, 8 * MIB, {"a.jpg": FIRST}, kind="ext4", block=1024)
    with path.open("r+b") as file:
        file.seek(2048)
        file.write(b"\xff" * 4096)
    return asked(folder, path)


@situation("Noise: wiped, or an encrypted container without a header", Reason.VOLUME_UNRECOGNISED)
def noise(folder: Path) -> Asked:
    """It cannot be told which."""
    path = folder / "noise.img"
    disks.noise(path, 4 * MIB)
    return asked(folder, path)


@situation("A small device that is zeros to the last byte")
def all_zeros(folder: Path) -> Asked:
    """All of it was read: there is nothing."""
    path = folder / "zeros.img"
    disks.zeros(path, 4 * MIB)
    return asked(folder, path)


@situation("Larger content was left out, as the profile asks", Reason.LEFT_OUT)
def left_out(folder: Path) -> Asked:
    """All that was asked for was looked at; what was not asked for is counted."""
    profile = WITH_TYPES + "look_at: {largest_bytes: 1 KB}\n"
    return Asked(sources=[camera(folder)], sets=[md5_set(folder)], profile=profile)


@situation("Content in a set of known files, beside a notable one", Reason.KNOWN)
def known(folder: Path) -> Asked:
    """As with NSRL: looked at no further, and counted."""
    path = folder / "nsrl.md5"
    md5_set(folder, FIRST, TEXT, name=path.name)
    profile = WITH_TYPES + f"hash_sets: [{{file: {path}, kind: known}}]\n"
    return Asked(sources=[camera(folder)], sets=[md5_set(folder)], profile=profile)


@situation("Only a set of known files", Reason.NO_HASH_SET, Reason.KNOWN)
def only_known(folder: Path) -> Asked:
    """Nothing notable could be recognised."""
    path = folder / "nsrl.md5"
    md5_set(folder, FIRST, TEXT, name=path.name)
    profile = WITH_TYPES + f"hash_sets: [{{file: {path}, kind: known}}]\n"
    return Asked(sources=[camera(folder)], profile=profile)


@situation("The time limit came before the end", Reason.NOT_REACHED, Reason.SURVEY_UNFINISHED,
           how=How.OUT_OF_TIME)  # fmt: skip
def out_of_time(folder: Path) -> Asked:
    """A limit that no scan keeps: something was listed, and nothing reached."""
    return Asked(
        sources=[camera(folder)], sets=[md5_set(folder)], options=["--time-limit", "0.000001 s"]
    )


@situation("A time limit that was not reached")
def in_time(folder: Path) -> Asked:
    """A limit is no reason by itself."""
    return Asked(sources=[camera(folder)], sets=[md5_set(folder)], options=["--time-limit", "1 h"])


@situation("A file whose clusters are lost", Reason.ENTRY_UNREADABLE)
def lost_clusters(folder: Path) -> Asked:
    """The chain of NOTE.TXT's clusters leads to a free one."""
    path = folder / "lost.img"
    disks.exfat_volume(path, 8 * MIB, {"A.JPG": FIRST, "NOTE.TXT": TEXT},
                       claimed={"NOTE.TXT": 50_000_000_000})  # fmt: skip
    return asked(folder, path)


def many(folder: Path) -> tuple[Path, list[bytes]]:
    """An ext4 volume with thousands of small files, and fifty of them."""
    path, place = folder / "many.img", folder / "files"
    contents = [f"letter {number}\n".encode() * 30 for number in range(3000)]
    for number, content in enumerate(contents):
        above = place / f"{number // 100:02}"
        above.mkdir(parents=True, exist_ok=True)
        (above / f"{number:04}.txt").write_bytes(content)
    others.make_ext_from(path, 48 * MIB, place)
    return path, contents[::60]


@situation("Stopped by hand (Ctrl-C), with findings by then", Reason.NOT_REACHED,
           Reason.SURVEY_UNFINISHED, how=How.INTERRUPTED, findings=None)  # fmt: skip
def stopped_by_hand(folder: Path) -> Asked:
    """What was found is closed and signed."""
    path, contents = many(folder)
    return Asked(
        sources=[path],
        sets=[md5_set(folder, *contents)],
        meanwhile=lambda process: process.send_signal(signal.SIGINT),
    )


@situation("No process that looks at content starts any more", Reason.NOT_REACHED,
           Reason.SURVEY_UNFINISHED, Reason.ENTRY_UNREADABLE, Reason.LIMIT,
           how=How.OUT_OF_WORKERS, findings=None)  # fmt: skip
def out_of_workers(folder: Path) -> Asked:
    """Each that is started is killed."""
    path, contents = many(folder)
    return Asked(sources=[path], sets=[md5_set(folder, *contents)], meanwhile=kill_workers)


def kill_workers(process: "subprocess.Popen[bytes]") -> None:
    """Those that there are, and from now on each that comes."""

    def kill() -> None:
        for worker in workers(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)

    def go_on() -> None:
        while process.poll() is None:
            kill()
            time.sleep(0.002)

    kill()
    threading.Thread(target=go_on).start()


def workers(scan: int) -> list[int]:
    """Of a scan's process: what its nursery, which came first, has forked; none once it is gone."""
    found = []
    with contextlib.suppress(OSError):
        listed = Path(f"/proc/{scan}/task/{scan}/children").read_text(encoding="ascii")
        for child in listed.split():
            if b"triage.workers" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return sorted(found)[1:]


def zipped(*contents: bytes, locked: bool = False) -> bytes:
    """A zip file of those; `locked`: with the bit set that says that they are encrypted."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        for number, content in enumerate(contents):
            file.writestr(f"{number}.jpg", content)
    raw = bytearray(whole.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(mark)
        while locked and at >= 0:
            raw[at + flags] |= 1
            at = raw.find(mark, at + 4)
    return bytes(raw)


@situation("Known material inside a zip, a PDF beside it", Reason.CONTAINER_UNOPENED)
def containers(folder: Path) -> Asked:
    """Compared as a whole: nobody looked inside."""
    pdf = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
    return asked(folder, camera(folder, A__ZIP=zipped(FIRST), B__PDF=pdf), known=[SECOND])


@situation("An encrypted zip", Reason.CONTAINER_ENCRYPTED)
def encrypted_container(folder: Path) -> Asked:
    """Told by the bit that its entries carry."""
    return asked(folder, camera(folder, A__ZIP=zipped(SECOND, locked=True)))


@situation("A zip that is itself known material", Reason.CONTAINER_UNOPENED, findings=1)
def known_container(folder: Path) -> Asked:
    """Found, and still nobody looked inside."""
    content = zipped(SECOND)
    return asked(folder, camera(folder, A__ZIP=content), known=[content])


@situation("A zip in a set of known files", Reason.KNOWN)
def container_of_the_system(folder: Path) -> Asked:
    """What a known set has is not looked into by any scan, and needs not be."""
    path = folder / "nsrl.md5"
    content = zipped(TEXT)
    md5_set(folder, content, name=path.name)
    profile = WITH_TYPES + f"hash_sets: [{{file: {path}, kind: known}}]\n"
    return Asked(sources=[camera(folder, A__ZIP=content)], sets=[md5_set(folder)], profile=profile)
