"""Findings are taken out of the evidence, each held against the bundle's digests.

What comes out goes into a new folder, under names that do no harm, with a signed list: which
finding it is, where it lay, its SHA-256, and of what could not be taken out why. Only workers read
the evidence; what they hand over is believed if it has the digest that was signed on scene.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_extension
from pathlib import Path, PurePosixPath

import msgspec

from triage.bundle.format import layout
from triage.bundle.format.document import Document, Finding, Sha256
from triage.bundle.rendering import vics
from triage.bundle.writing.durable import NewFile, storage_errors, write_once
from triage.bundle.writing.place import check_writable, refuse_evidence
from triage.bundle.writing.signing import Signer
from triage.coordinator.copier import Copier
from triage.coordinator.listing import open_device
from triage.coordinator.pool import Pool
from triage.errors import UsageError, there_already
from triage.evidence import Device, FileEntry, Volume
from triage.findings import Match

LIST = "extracted.json"
VICS = "vics.json"
SUMS = "extracted.sha256"
SIGNATURE = "extracted.sha256.sig"
NAMESPACE = "seek-extraction@v1"
"""Of the signature: a list of what was taken out is no bundle."""

NO_SOURCE = "its device was not given"
NO_DIGEST = "the bundle has no SHA-256 of it to hold it against"
NOT_THE_SAME = "what lies there now is not what was found: another SHA-256"
IN_CONTAINER = "it lies packed in this file: the report says how stock tools take it out of it"
IN_PIECES = "it does not lie there in one piece"
STORED_OTHERWISE = "it is stored in another form there than it was looked at in"
_BUFFER = 8 << 20
_LONGEST_NAME = 80


class Extracted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One content, or why it is not there."""

    finding: int
    part: str = ""
    """Of what lies in the finding's content: what it is called; empty of the content itself."""
    volume: str
    path: str
    """As the bundle shows it."""
    file: str = ""
    """In the folder; empty if it could not be taken out."""
    size: int = 0
    sha256: str = ""
    """Of the file. The bundle says the same of the finding."""
    trouble: str = ""


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """extracted.json."""

    format: str = "seek extraction"
    format_version: int = 1
    case_number: str
    exhibit: str
    bundle: str
    """Name of its folder."""
    manifest_sha256: Sha256
    """Of the bundle's manifest, which was verified before."""
    sources: tuple[str, ...]
    """What it was taken out of, as given."""
    by: str
    """The program and its version."""
    at: str
    """UTC."""
    files: tuple[Extracted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What was verified, and is gone by."""

    path: Path
    document: Document
    manifest_sha256: str


Tell = Callable[[Extracted], None]


class Extractor:
    """Takes findings out of devices, one after the other, into a new folder."""

    def __init__(self, bundle: Bundle, sources: Sequence[Device], out: Path) -> None:
        """`sources`: by the ids of the bundle. Makes the folder. Raises UsageError,
        EvidenceStickError."""
        refuse_what_is_there(out)
        refuse_evidence(out, sources)
        check_writable(out.parent)
        with storage_errors(str(out)):
            out.mkdir(mode=0o700, exist_ok=True)
        self._bundle = bundle
        self._sources = sources
        self._out = out
        self.files: list[Extracted] = []
        self._lists: list[tuple[str, str]] = []
        """Of other tools: digest and name."""

    def extract(self, findings: Iterable[Finding], tell: Tell) -> None:
        """Each content, and each part of one that matched; `tell` hears of each. Raises SourceError
        if a device cannot be opened, WorkerError if no worker starts, EvidenceStickError."""
        ids = {device.id for device in self._sources}
        volumes = [volume for volume in self._bundle.document.volumes if volume.device_id in ids]
        with ExitStack() as held:
            opened = [open_device(device, held) for device in self._sources]
            copier = Copier(held.enter_context(Pool()), opened, volumes)
            for finding in findings:
                for one in self._taken(copier, volumes, finding):
                    self.files.append(one)
                    tell(one)

    def list_for_vics(self) -> None:
        """Write a VICS 2.0 file that names those that were taken out, for tools that import it."""
        files = {each.sha256: each.file for each in self.files if each.file}
        content = vics.render(self._bundle.document, files)
        write_once(self._out / VICS, content, shown=VICS)
        self._lists.append((_of(content), VICS))

    def sign(self, signer: Signer, *, by: str, at: str) -> None:
        """Write the list, the digests of all files, and the signature over those."""
        case = self._bundle.document.case
        listed = Extraction(
            case_number=case.case_number,
            exhibit=case.exhibit,
            bundle=self._bundle.path.resolve().name,
            manifest_sha256=self._bundle.manifest_sha256,
            sources=tuple(device.path for device in self._sources),
            by=by,
            at=at,
            files=tuple(self.files),
        )
        content = msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n"
        named = [(each.sha256, each.file) for each in self.files if each.file]
        named += [*self._lists, (_of(content), LIST)]
        sums = "".join(f"{digest}  {name}\n" for digest, name in named)
        files = {LIST: content, SUMS: sums.encode("ascii")}
        files[SIGNATURE] = signer.sign(files[SUMS], namespace=NAMESPACE)
        files |= layout.signer_files(signer.statement.public_key, namespace=NAMESPACE)
        for name, held in files.items():
            write_once(self._out / name, held, shown=name)

    def _taken(
        self, copier: Copier, volumes: Sequence[Volume], finding: Finding
    ) -> Iterator[Extracted]:
        entry = finding.entry
        told = Extracted(finding=finding.number, volume=entry.volume_id, path=entry.shown_path)
        if all(volume.id != entry.volume_id for volume in volumes):
            yield msgspec.structs.replace(told, trouble=NO_SOURCE)
            return
        whole = self._whole(copier, finding, told)
        yield whole
        for part in _parts(finding.matches):
            yield self._part(whole, part, told)

    def _whole(self, copier: Copier, finding: Finding, told: Extracted) -> Extracted:
        wanted = finding.digests.get("sha256", "")
        if not wanted:
            return msgspec.structs.replace(told, trouble=NO_DIGEST)
        name = _name(finding.number, finding.entry.shown_path, finding.result.type)
        trouble, digest = self._copied(copier, finding.entry, name, again=False)
        if trouble or digest != wanted:
            (self._out / name).unlink()
            trouble, digest = self._copied(copier, finding.entry, name, again=True)
        if trouble or digest != wanted:
            (self._out / name).unlink()
            return msgspec.structs.replace(told, trouble=trouble or NOT_THE_SAME)
        size = finding.entry.size
        return msgspec.structs.replace(told, file=name, size=size, sha256=digest)

    def _copied(
        self, copier: Copier, entry: FileEntry, name: str, *, again: bool
    ) -> tuple[str, str]:
        """Why it is not whole, and its SHA-256."""
        file = NewFile(self._out / name, shown=name)

        def take(data: bytes) -> None:
            file.buffer.extend(data)
            if len(file.buffer) >= _BUFFER:
                file.flush()

        try:
            return copier.copy(entry, take, again=again), file.close()
        finally:
            file.abandon()

    def _part(self, whole: Extracted, match: Match, told: Extracted) -> Extracted:
        """A stretch of what was taken out."""
        said = match.provenance
        member = said.get("member", "")
        told = msgspec.structs.replace(told, part=member or said["part"])
        if member and whole.file:
            return msgspec.structs.replace(told, trouble=IN_CONTAINER)
        with suppress(ValueError):
            place = match.place
            if not whole.file:
                return msgspec.structs.replace(told, trouble=whole.trouble)
            if place is None:
                return msgspec.structs.replace(told, trouble=IN_PIECES)
            offset, length = place
            content = self._stretch(whole.file, offset, length)
            if content is not None and _of(content) == said["part_sha256"]:
                ending = _ending(said.get("part_type", ""))
                name = f"{PurePosixPath(whole.file).stem}-at-{offset}{ending}"
                write_once(self._out / name, content, shown=name)
                size, digest = len(content), said["part_sha256"]
                return msgspec.structs.replace(told, file=name, size=size, sha256=digest)
        return msgspec.structs.replace(told, trouble=STORED_OTHERWISE)

    def _stretch(self, file: str, offset: int, length: int) -> bytes | None:
        with storage_errors(file), (self._out / file).open("rb") as content:
            content.seek(offset)
            held = content.read(length)
        return held if len(held) == length else None


def refuse_what_is_there(out: Path) -> None:
    """Raise UsageError unless it is a folder without anything in it, or is not there."""
    if os.path.lexists(out) and (not out.is_dir() or any(out.iterdir())):
        raise there_already(out)


def chosen(findings: Iterable[Finding], numbers: Sequence[int]) -> Iterator[Finding]:
    """Those of the numbers; all if there are none. Raises UsageError, once it is through, for a
    number that no finding has."""
    left = set(numbers)
    for finding in findings:
        if not numbers or finding.number in left:
            left.discard(finding.number)
            yield finding
    if left:
        missing = ", ".join(map(str, sorted(left)))
        raise UsageError(
            f"The bundle has no finding {missing}.", hint="`seek findings BUNDLE` lists them."
        )


def _parts(matches: Sequence[Match]) -> Iterator[Match]:
    """One match for each part that has a digest."""
    seen = set[str]()
    for match in matches:
        digest = match.provenance.get("part_sha256", "")
        if match.of_part and digest and digest not in seen:
            seen.add(digest)
            yield match


def _name(number: int, path: str, mime: str) -> str:
    """Harmless everywhere: the finding's number, and what is left of its name in plain letters."""
    stem, _, ending = (last := path.rpartition("/")[2]).rpartition(".")
    if re.fullmatch("[A-Za-z0-9]{1,8}", ending) is None or "." not in last:
        stem, ending = last, _ending(mime).removeprefix(".")
    plain = re.sub("[^A-Za-z0-9-]+", "_", stem)[:_LONGEST_NAME].strip("_-") or "content"
    return f"{number:06d}-{plain}" + (f".{ending}" if ending else "")


def _ending(mime: str) -> str:
    return guess_extension(mime) or ""


def _of(content: bytes) -> str:
    return sha256(content).hexdigest()
