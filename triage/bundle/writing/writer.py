"""The only place that writes files: the bundle, from its first byte to its signature.

Nothing is written until there is something to write; every file is created exclusively; lines are
on the medium after `commit`, and `due` says when it is time for one; room for the sealing is kept
from the start. A bundle without manifest.sha256 is not sealed: the scan was cut off, and can be
resumed; journal.py says what such a bundle still says for certain.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from msgspec.structs import replace

from triage.bundle.envelope.recipients import Recipient
from triage.bundle.format import auditlog, entries, layout, manifest, schema
from triage.bundle.format.document import Document, Finding, Integrity, Resumption
from triage.bundle.format.entries import AnyLine, MemberLine
from triage.bundle.writing import place, resuming
from triage.bundle.writing.durable import Patience, give_up, storage_errors
from triage.bundle.writing.files import BundleFiles, GrowingFile, OpenFiles
from triage.bundle.writing.found import FoundSoFar
from triage.bundle.writing.journal import Journal
from triage.bundle.writing.previews import Previews
from triage.bundle.writing.reserve import LEAST_ROOM, Reserve
from triage.bundle.writing.scan_key import ScanKey
from triage.bundle.writing.signed_log import SignedLog
from triage.bundle.writing.signing import Signer
from triage.bundle.writing.successor import note_beside
from triage.case import Case
from triage.errors import BundleError
from triage.evidence import Device, FileEntry
from triage.findings import ListedMember, Result

SYNC_SECONDS = 2.0
"""Entries wait at most this long for the next `commit`."""

_BUFFER = 256 * 1024


class BundleWriter:
    """Writes one bundle into a new folder inside `destination`.

    Raises EvidenceStickError at once if `destination` lies on one of `devices`, or cannot be
    written to. Use as: `log` and `entry` as things happen, then `seal` once.
    """

    def __init__(
        self,
        destination: Path,
        case: Case,
        devices: Iterable[Device],
        *,
        started: datetime | None = None,
        begun: float | None = None,
        terms: bytes = b"",
        continues: Path | None = None,
        resumed: Sequence[Resumption] = (),
        scan_key: ScanKey | None = None,
        recipients: Sequence[Recipient] = (),
        patience: Patience = give_up,
    ) -> None:
        """`started` names the folder; findings are timed from `begun`, by time.monotonic.

        `terms`: scan.json, what the scan was asked to do. `continues`: the earlier bundle whose
        outcomes this one carries over; a note beside it will say so. `resumed`: what is said of the
        runs before this one, in the log too. `scan_key` signs what is on the medium; None: one that
        nobody vouches for. `recipients`: who alone can read it; none: whoever has it.
        `patience` is asked whenever the medium refuses, once there is a folder.
        """
        self.terms = terms
        self._continues = continues
        self._patience = patience
        self._devices = tuple(devices)
        self._destination = destination
        self._started = started or datetime.now(UTC)
        self._begun = time.monotonic() if begun is None else begun
        self.recipients = tuple(recipients)
        name = layout.folder_name(case, self._started)
        self._name = layout.envelope_name(self._started) if recipients else name
        self._log = SignedLog(scan_key or ScanKey(), since=auditlog.spelled(self._started))
        self.resumed = tuple(resumed)
        self._streams: tuple[GrowingFile, GrowingFile] | None = None
        self._files = _files_of(self.recipients, name, patience)
        self._previews = Previews(self._files)
        self._reserve = Reserve(patience)
        self._folder = destination / self._name
        self._last_sync = time.monotonic()
        self._count = self._members = 0
        self._digests: dict[str, str] = {}
        self._unsigned: bytes | None = None
        self.found = FoundSoFar(self._begun)
        self._refuse_unsafe()

    @classmethod
    def taken_up(
        cls,
        journal: Journal,
        case: Case,
        devices: Iterable[Device],
        *,
        begun: float | None = None,
        resumed: Sequence[Resumption] = (),
        scan_key: ScanKey | None = None,
        patience: Patience = give_up,
    ) -> "BundleWriter":
        """Goes on with a bundle that was not sealed, after what its journal has for certain.

        `resumed`: what is said of the runs before this one, the latest last; none: that nobody
        judged them. Raises BundleError, EvidenceStickError. The caller counts what the journal
        carries.
        """
        folder = journal.folder.path
        unjudged = journal.resumption(auditlog.utc_now(), Integrity.NOT_CHECKED)
        writer = cls(
            folder.parent,
            case,
            devices,
            begun=begun,
            resumed=resumed or (*journal.runs.said, unjudged),
            patience=patience,
        )
        writer._folder = folder
        writer._files = files = OpenFiles(patience, folder)
        writer._previews = Previews(files)
        writer._log = SignedLog(scan_key or ScanKey(), journal.log_end)
        named = []
        for line in journal.entries():
            writer._count += 1
            if isinstance(line, MemberLine):
                writer._members += 1
                continue
            writer.found.again(line)
            named += [line.found.preview] if line.found and line.found.preview else []
        writer._digests |= journal.previews(named)
        writer._log.take_over(writer._digests)
        resuming.clear_rest(journal.folder, {*writer._digests})
        writer._digests |= resuming.terms_digest(journal.folder)
        writer._streams = (
            files.taken_up(layout.ENTRIES, journal.size, journal.digest),
            files.taken_up(layout.LOG, journal.log_size, journal.log_digest),
        )
        terms = writer._digests.get(layout.TERMS, "")
        writer._log.begin(writer._streams[1], terms=terms, resumed=writer.resumed[-1:])
        writer._reserve.begin(folder, writer.found, again=True)
        return writer

    def check_room(self) -> None:
        """Raise StickFullError if there is clearly not enough room for any scan."""
        place.check_room(self._destination, LEAST_ROOM)

    def expect(self, entries: Iterable[FileEntry]) -> None:
        """Return when there is room for a line of each of these, whatever becomes of them.

        Call it for all that is listed, before it counts as listed: then a medium that is full can
        still be sealed.
        """
        self._reserve.owe(entries)
        self._reserve.keep(self.found)

    def expect_bytes(self, amount: int) -> None:
        """The document will say so much more; room for it is kept with the next `commit`."""
        self._reserve.owe_bytes(amount)

    def give_back_room(self) -> bool:
        """The scan ends: what was kept for that is there now. False if it was there before."""
        return self._reserve.give_back()

    def carry(self, line: AnyLine, preview: bytes = b"") -> None:
        """Record an outcome that a sealed, partial bundle has; its finding gets the next number."""
        stream = (self._streams or self._create())[0]
        self._count += 1
        if isinstance(line, MemberLine):
            self._members += 1
        elif line.found is not None:
            number = self.found.count + 1
            named = self._shown(number, preview)
            line = replace(line, found=replace(line.found, number=number, **named))
            line = self.found.again(line)
        entries.append(line, stream.buffer)
        if len(stream.buffer) >= _BUFFER:
            stream.flush()

    @property
    def folder(self) -> Path:
        """Where the bundle is, or will be; if the name is taken, it gets a number."""
        return self._folder

    @property
    def how_it_goes_on(self) -> str:
        """What to do with it if it is not sealed: a sentence without its full stop."""
        if self.recipients:
            return f"only the lab can open {self._folder} and go on with it; on scene, scan again"
        return f"`seek resume {self._folder}` goes on with it"

    def log(self, event: str, /, **fields: auditlog.Field | list[auditlog.Field]) -> None:
        """Add to the audit log. Waits in memory until there is a first entry."""
        self._log.log(event, fields)

    def begin(self) -> None:
        """Create the bundle, if nothing has been recorded yet that did."""
        if self._streams is None:
            self._create()

    def entry(
        self,
        entry: FileEntry,
        result: Result,
        *,
        looked_at_as: str = "",
        preview: bytes = b"",
        members: Sequence[ListedMember] = (),
    ) -> Finding | None:
        """Record one entry and its outcome; with matches it is a finding, which is returned.
        `members`: of a container, to be listed behind it.

        Call it once for every entry that the survey listed, those not reached too. It is on the
        medium after `commit`: call that before a finding is shown, or the entry counted as done.
        """
        stream = (self._streams or self._create())[0]
        self._count += 1
        line = entries.of(entry, result)
        if result.matches:
            finding = self._finding(entry, result, looked_at_as, preview)
            line = replace(line, found=finding.found)
        self._reserve.settle((entry,))
        entries.append(line, stream.buffer)
        entries.append_members(entry.id, members, stream.buffer)
        self._count += len(members)
        self._members += len(members)
        if len(stream.buffer) >= _BUFFER:
            self._reserve.keep(self.found)
            stream.flush()
        return line.finding

    def plain(self, pairs: Sequence[tuple[FileEntry, Result]]) -> None:
        """Record entries without a match, as `entry` does: most are so, and this is quicker."""
        stream = (self._streams or self._create())[0]
        lines = [entries.of(entry, result) for entry, result in pairs]
        entries.append_all(lines, stream.buffer)
        self._reserve.settle(entry for entry, _ in pairs)
        self._count += len(lines)
        if len(stream.buffer) >= _BUFFER:
            self._reserve.keep(self.found)
            stream.flush()

    @property
    def due(self) -> bool:
        """Whether the last commit was SYNC_SECONDS ago. Cheap; ask often."""
        return time.monotonic() - self._last_sync >= SYNC_SECONDS

    def commit(self) -> None:
        """Return when all that was recorded so far is on the medium."""
        self._last_sync = time.monotonic()
        if self._streams is None:
            return
        self._reserve.keep(self.found)
        self._previews.close()
        lines = self._streams[0]
        lines.sync()
        self._log.commit(self._count, lines, self._previews.digests)
        self._files.commit()

    def seal(self, document: Document, signer: Signer) -> Path:
        """Write the document and its renderings, sign, and return the bundle's folder.

        The document's `findings`, `log`, `signer`, `resumed` and `tool.renderer` are filled in
        here. After a SigningError it may be called again, with the same key: only the signing is
        then done.
        """
        if self._unsigned is None:
            self._unsigned = self._write_documents(document, signer)
        signature = signer.sign(self._unsigned)
        # The manifest comes last: a bundle that has one was sealed.
        self._write(layout.SIGNATURE, signature)
        self._files.sync_names()
        self._write(layout.MANIFEST, self._unsigned)
        self._files.sync_names()
        self._files.finish(auditlog.utc_now(), signer.statement.fingerprint)
        return self._folder

    def abandon(self) -> None:
        """Let go of all files, as they are. What was committed stays."""
        for file in self._streams or ():
            file.abandon()
        self._previews.abandon()
        self._files.abandon()

    def _refuse_unsafe(self) -> None:
        place.check_writable(self._destination)
        place.refuse_evidence(self._destination, self._devices)

    def _create(self) -> tuple[GrowingFile, GrowingFile]:
        self._refuse_unsafe()
        with storage_errors(str(self._destination)):
            self._destination.mkdir(parents=True, exist_ok=True)
            self._folder = place.new_folder(self._destination, self._name)
            self._files.begin(self._folder)
        if self.terms:
            self._write(layout.TERMS, self.terms)
        entries_file, log_file = map(self._files.growing, (layout.ENTRIES, layout.LOG))
        self._streams = entries_file, log_file
        self._reserve.begin(self._folder, self.found)
        terms = self._digests.get(layout.TERMS, "")
        self._log.begin(self._streams[1], terms=terms, resumed=self.resumed)
        self.commit()
        self._files.sync_names()
        if self._continues is not None:
            done = note_beside(self._continues, self._folder, self._patience)
            self.log("note beside the earlier bundle", bundle=self._continues.name, written=done)
        return self._streams

    def _finding(
        self, entry: FileEntry, result: Result, looked_at_as: str, preview: bytes
    ) -> Finding:
        finding, shown = self.found.new(entry, result, looked_at_as)
        if self.found.has_room(finding):
            named = self._shown(finding.number, preview if shown else b"")
            finding = replace(finding, found=replace(finding.found, **named))
            self.found.listed.append(finding)
        return finding

    def _shown(self, number: int, jpeg: bytes) -> dict[str, str]:
        """A preview is written; what is said of it."""
        name = self._previews.write(number, jpeg)
        return {"preview": name, "preview_sha256": sha256(jpeg).hexdigest() if name else ""}

    def _write_documents(self, document: Document, signer: Signer) -> bytes:
        streams = self._streams or self._create()
        self._reserve.remove()
        self.log(auditlog.SEALING, entries=self._count - self._members, findings=self.found.count,
                 signer=signer.statement.fingerprint)  # fmt: skip
        self.commit()
        for name, stream in zip((layout.ENTRIES, layout.LOG), streams, strict=True):
            self._digests[name] = stream.close()
        from triage.bundle.rendering import html  # noqa: PLC0415 - while the workers scan, nobody needs it

        whole = replace(
            document,
            tool=replace(document.tool, renderer=html.renderer()),
            findings=tuple(self.found.listed),
            findings_left_out=self.found.count - len(self.found.listed),
            log=self._log.end,
            signer=signer.statement,
            resumed=self.resumed,
        )
        self._write(layout.FINDINGS, schema.encode(whole))
        for name, page in html.files(whole):
            self._write(name, page.encode("utf-8"))
        for name, text in layout.signer_files(signer.statement.public_key).items():
            self._write(name, text)
        return manifest.write(self._digests | self._previews.digests)

    def _write(self, name: str, content: bytes) -> None:
        longest = layout.longest(name)
        if longest is not None and len(content) > longest:
            raise BundleError(
                f"{name} would have {len(content)} bytes, more than a bundle may hold.",
                hint="Search the devices one by one, or with fewer detectors.",
            )
        self._digests[name] = self._files.write(name, content)


def _files_of(recipients: Sequence[Recipient], name: str, patience: Patience) -> BundleFiles:
    if not recipients:
        return OpenFiles(patience)
    from triage.bundle.writing.enveloping import Envelope  # noqa: PLC0415 - 20 ms, where there is one

    return Envelope(recipients, name, patience)
