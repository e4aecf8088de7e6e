"""Scans for tests: small profiles, no terminal, everything that was said kept."""

from dataclasses import dataclass, field
from pathlib import Path

from triage.bundle.checking import entry_lines
from triage.bundle.format import schema
from triage.bundle.format.document import Document
from triage.bundle.format.entries import EntryLine, decode
from triage.choices import HashSetUse, NameUse, TypeUse
from triage.devices.attached import identify
from triage.profile import Limits, Profile
from triage.scan import Search, scan
from triage.scan.events import Event, Sealed

PLAIN = Profile(
    name="plain",
    description="types and digests",
    detectors=(HashSetUse(), TypeUse()),
    limits=Limits(entry_time="10 h"),
)
NAMED = Profile(name="named", description="names alone", detectors=(NameUse(lists=("sample",)),))


@dataclass(slots=True)
class Scanned:
    """How a scan went."""

    sealed: Sealed
    told: list[Event] = field(default_factory=list)

    @property
    def bundle(self) -> Path:
        return Path(self.sealed.bundle)

    @property
    def document(self) -> Document:
        return schema.decode((self.bundle / "findings.json").read_bytes())

    @property
    def lines(self) -> list[EntryLine]:
        return lines_of(self.bundle)

    @property
    def log(self) -> list[str]:
        return (self.bundle / "log.jsonl").read_text().splitlines()

    def line(self, path: str) -> EntryLine:
        return next(each for each in self.lines if each.entry.path == path)

    def line_of(self, path: str) -> EntryLine:
        """Likewise, of a bundle that lists members too."""
        return next(each for each in entry_lines.lines_of(self.bundle) if each.entry.path == path)


def lines_of(bundle: Path) -> list[EntryLine]:
    return [decode(line) for line in (bundle / "entries.jsonl").read_bytes().splitlines()]


def search_of(
    *images: Path, out: Path, profile: Profile = PLAIN, hash_sets: tuple[Path, ...] = ()
) -> Search:
    devices = tuple(identify(str(image), f"d{n}") for n, image in enumerate(images))
    return Search(
        devices=devices, profile=profile, profile_file="", out=out, hash_sets=hash_sets, workers=1
    )


def run(
    *images: Path, out: Path, profile: Profile = PLAIN, hash_sets: tuple[Path, ...] = ()
) -> Scanned:
    """Scan with one examiner, in this process."""
    told: list[Event] = []
    search = search_of(*images, out=out, profile=profile, hash_sets=hash_sets)
    return Scanned(scan(search, tell=told.append), told)
