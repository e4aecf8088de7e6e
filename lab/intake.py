"""Taking bundles in: each is copied, verified as it then lies in the store, and only then counts.

1. The copy is made beside the others, plain files alone.  2. It is verified; what does not verify
is refused, and the copy goes.  3. Its rows are derived.  4. It is filed under its case.  5. It gets
its name, and is in the store.  6. The audit log says so. Cut off before 5, nothing has happened;
after it, whoever writes next does what is left.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from lab import layout, sightings
from lab.store import LabStore
from lab.trail import IMPORTED
from lab.writer import StoreWriter
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.checking.verify import Verification, verify
from triage.bundle.envelope.identities import Identity
from triage.bundle.format import layout as bundle_layout
from triage.bundle.writing.durable import sync_folder
from triage.bundle.writing.opening import open_envelope
from triage.errors import BundleError, SeekError, StoreError, UsageError, VerificationError, why

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one bundle."""

    bundle: Path
    digest: str = ""
    """Of its manifest; empty if it was refused."""
    case: str = ""
    """Number of the case that it is filed under."""
    there_already: bool = False
    signer_checked: bool = False
    refused: SeekError | None = None


def take_in(
    writer: StoreWriter,
    bundles: Sequence[Path],
    *,
    case: str = "",
    identities: Sequence[Identity] = (),
) -> Iterator[Taken]:
    """One after the other; one that is refused does not stop the others.

    `case`: of bundles that name none. `identities`: what opens those that were closed for the lab.
    Tables over all bundles are made anew at the end.
    """
    came = False
    for bundle in bundles:
        try:
            with _opened(writer.store, bundle, identities) as plain:
                taken = replace(_take(writer, plain, case), bundle=bundle)
        except StoreError:  # not the bundle's fault
            raise
        except SeekError as error:
            yield Taken(bundle=bundle, refused=error)
            continue
        came = came or not taken.there_already
        yield taken
    if came:
        writer.refresh()


def _take(writer: StoreWriter, bundle: Path, case: str) -> Taken:
    store = writer.store
    there = set(store.bundles())
    digest = _digest(bundle)
    if digest in there:
        number = _number_of(writer, digest)
        return Taken(bundle=bundle, digest=digest, case=number, there_already=True)
    with _copied(store, bundle) as copy:
        checked = verify(copy, signers=store.signers, renderers=None)
        checked.raise_if_failed()
        digest = _digest(copy)
        number = _case_of(checked, case)
        sightings.derive(store, copy, digest)
        filed = writer.decided.file_bundle(digest, number, checked.principal)
        copy.rename(store.bundle(digest))
        sync_folder(store / layout.BUNDLES)
    writer.trail.say(IMPORTED, writer.by, bundle=digest, case=filed.id)
    return Taken(
        bundle=bundle, digest=digest, case=number, signer_checked=store.signers is not None
    )


def _number_of(writer: StoreWriter, digest: str) -> str:
    case = writer.decided.filings()[digest][0]
    return next(each.number for each in writer.decided.cases() if each.id == case)


def _case_of(checked: Verification, given: str) -> str:
    said = checked.subject.case.case_number.strip() if checked.subject else ""
    if said and given and said != given:
        raise UsageError(
            f"The bundle says that it is of case {said}, not {given}.",
            hint="Leave --case out: it is for bundles that name no case.",
        )
    if not (number := said or given.strip()):
        raise UsageError(
            "The bundle names no case.", hint="Say with --case NUMBER which one it is of."
        )
    return number


def _digest(bundle: Path) -> str:
    """Of its manifest. Raises VerificationError if there is none."""
    return sha256(BundleFolder(bundle).read(bundle_layout.MANIFEST)).hexdigest()


@contextmanager
def _opened(store: LabStore, bundle: Path, identities: Sequence[Identity]) -> Iterator[Path]:
    """The bundle itself, or what an envelope holds: gone at the end, as it is in the store then."""
    if not (identities and bundle_layout.is_envelope(bundle)):
        yield bundle
        return
    place = store / layout.OPENED
    rmtree(place, ignore_errors=True)
    try:
        folder, told = open_envelope(bundle, identities, place)
        if not told.finished:
            raise BundleError(
                "The scan was cut off before its bundle was signed.",
                hint="`seek open` opens it, and `seek resume` brings the scan to its end.",
            )
        yield folder
    finally:
        rmtree(place, ignore_errors=True)


@contextmanager
def _copied(store: LabStore, bundle: Path) -> Iterator[Path]:
    """A copy on the medium, which is gone at the end unless it was given another name."""
    incoming = store / layout.INCOMING
    copy = incoming / "bundle"
    rmtree(incoming, ignore_errors=True)
    copy.mkdir(parents=True, mode=0o700)
    try:
        folder = BundleFolder(bundle)
        names = folder.names()
        if any(bundle_layout.is_preview(name) for name in names):
            (copy / bundle_layout.MEDIA).mkdir(mode=0o700)
        for name in names:
            _copy(folder, name, copy / name)
        for each in (copy / bundle_layout.MEDIA, copy):
            if each.is_dir():
                sync_folder(each)
        yield copy
    finally:
        rmtree(incoming, ignore_errors=True)


def _copy(folder: BundleFolder, name: str, to: Path) -> None:
    with folder.open(name) as source, to.open("xb") as out:
        try:
            while chunk := source.read(_CHUNK):
                out.write(chunk)
        except OSError as error:
            raise VerificationError(f"{name} cannot be read: {why(error)}") from error
        out.flush()
        os.fsync(out.fileno())
