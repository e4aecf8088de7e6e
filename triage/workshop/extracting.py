"""Findings are taken out of the evidence, each held against the bundle's digests.

What comes out goes into a new folder, under names that do no harm, with a signed list: which
finding it is, where it lay, its SHA-256, and of what could not be taken out why. Only workers read
the evidence; what they hand over is believed if it has the digest that was signed on scene.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from triage.bundle.format import layout
from triage.bundle.format.document import Document, Finding, Sha256
from triage.bundle.rendering import vics
from triage.bundle.writing.durable import storage_errors, write_once
from triage.bundle.writing.place import check_writable, refuse_evidence
from triage.bundle.writing.signing import Signer
from triage.coordinator.copier import Copier, Watch
from triage.coordinator.keyring import Keyring
from triage.coordinator.listing import open_device
from triage.coordinator.pool import Pool
from triage.coordinator.secrets_tried import Secrets
from triage.errors import UsageError, there_already
from triage.evidence import Device, Volume, chain_of
from triage.workshop.copies import Extracted, FindingCopies
from triage.workshop.reopening import Reopening, TellOfVolume

LIST = "extracted.json"
VICS = "vics.json"
SUMS = "extracted.sha256"
SIGNATURE = "extracted.sha256.sig"
NAMESPACE = "seek-extraction@v1"
"""Of the signature: a list of what was taken out is no bundle."""

NO_SOURCE = "its device was not given"
NOT_OPENED = "it lies in an encrypted volume, and nothing that was given opens it"
NOT_ALL_OF_IT = "not all devices of its array were given"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What an examiner has besides the evidence."""

    secrets: Secrets | None = None
    """What opens encrypted volumes; None: none is opened."""
    passwords: tuple[str, ...] = ()
    """Tried where an archive is encrypted."""
    volume_tried: TellOfVolume = lambda volume, trouble: None
    watch: Watch = lambda under_way: None
    """Told how far the one is that is taken out."""


NOTHING_ELSE = Means()


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
        self._ids = {device.id for device in sources}
        self._volumes = {volume.id: volume for volume in bundle.document.volumes}
        self.files: list[Extracted] = []
        self._lists: list[tuple[str, str]] = []
        """Of other tools: digest and name."""

    def extract(self, findings: Iterable[Finding], tell: Tell, means: Means = NOTHING_ELSE) -> None:
        """Each content, and each part of one that matched; `tell` hears of each. Raises SourceError
        if a device cannot be opened, WorkerError if no worker starts, EvidenceStickError."""
        there = [volume for volume in self._volumes.values() if volume.device_id in self._ids]
        with ExitStack() as held:
            opened = [open_device(device, held) for device in self._sources]
            keyring = held.enter_context(Keyring())
            pool = held.enter_context(Pool())
            reopening = Reopening(self._bundle.document, opened)
            if means.secrets is not None:
                reopening.open(pool, keyring, means.secrets, means.volume_tried)
            copier = Copier(
                pool,
                opened,
                there,
                keys=keyring.descriptor,
                passwords=means.passwords,
                watch=means.watch,
            )
            copies = FindingCopies(copier, self._out)
            for finding in findings:
                for one in self._taken(copies, reopening, finding):
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
        self, copies: FindingCopies, reopening: Reopening, finding: Finding
    ) -> Iterator[Extracted]:
        entry = finding.entry
        volume = self._volumes.get(entry.volume_id)
        trouble = ""
        if volume is None or volume.device_id not in self._ids:
            trouble = NO_SOURCE
        elif reopening.is_locked(volume):
            trouble = NOT_OPENED
        if volume is None or trouble:
            yield Extracted(
                finding=finding.number,
                volume=entry.volume_id,
                path=entry.shown_path,
                trouble=trouble,
            )
            return
        lacks = self._lacks_members(volume)
        for one in copies.of(finding):
            if one.trouble and lacks:
                yield msgspec.structs.replace(one, trouble=f"{one.trouble}; {NOT_ALL_OF_IT}")
            else:
                yield one

    def _lacks_members(self, volume: Volume) -> bool:
        """Whether it lies in an array of which a device was not given."""
        arrays = {each.part_of for each in chain_of(volume, self._volumes) if each.part_of}
        return any(
            each.part_of in arrays and each.device_id not in self._ids
            for each in self._volumes.values()
        )


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


def _of(content: bytes) -> str:
    return sha256(content).hexdigest()
