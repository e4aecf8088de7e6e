"""The situations: each makes a real disk, image or folder, and says how a scan of it must end."""

import hashlib
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import disks
from tests.demo import photographs
from tests.disks import MIB
from triage.ending import How, Reason

WITH_TYPES = (
    "name: types\ndescription: digests and types\n"
    "detectors: [{use: hash_set}, {use: type, report_mismatch: false}]\n"
)
WITH_ENCRYPTED = (
    "name: lab\ndescription: digests, and what is encrypted\n"
    "detectors: [{use: hash_set}, {use: type, report_mismatch: false}, {use: encrypted}]\n"
)
WITH_PICTURES = (
    "name: pictures\ndescription: digests and what pictures look like\n"
    "detectors: [{use: hash_set}, {use: perceptual}]\n"
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
    notable: bool = True
    """Of findings: they say something of the content."""


SITUATIONS: list[Situation] = []


def situation(
    name: str,
    *reasons: Reason,
    how: How | None = None,
    findings: int | None = 0,
    notable: bool = True,
) -> Callable[[Make], Make]:
    """A row of the table; the function makes it in a folder of its own."""
    matters = any(reason.matters for reason in reasons)

    def register(make: Make) -> Make:
        ended = how or (How.NOT_ALL if matters else How.COMPLETE)
        row = Situation(
            name=name,
            make=make,
            how=ended,
            reasons=frozenset(reasons),
            findings=findings,
            notable=notable,
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
