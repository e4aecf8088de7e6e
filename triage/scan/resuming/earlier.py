"""What an earlier run of the same scan did: its outcomes are carried over and nothing is doubled.

Entries are told by their ids, which are the same for the same bytes, and by a check of what they
are; an entry that has another's id now is looked at under a new one.
"""

from array import array
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from msgspec.structs import replace

from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import auditlog, entries, layout
from triage.bundle.format.document import Resumption
from triage.bundle.format.entries import AnyLine, EntryLine, MemberLine
from triage.bundle.writing import resuming
from triage.bundle.writing.journal import Journal
from triage.bundle.writing.signing import Signer
from triage.coordinator.checking import Listed
from triage.errors import BundleError, VerificationError
from triage.evidence import FileEntry
from triage.findings import Outcome
from triage.scan import terms
from triage.scan.resuming.parts import OpenPart, SealedPart

IDS_FOR_A_VOLUME = 1_000_000_000
"""Entry 3000000012 is the thirteenth of the fourth volume."""
SPARE_IDS = 900_000_000
"""From here on, in each volume: entries that the second survey met in another's place."""

_TOGETHER = 256


class Earlier:
    """An unsealed bundle, or a sealed one that is partial. Raises BundleError or UsageError."""

    def __init__(
        self, bundle: Path, *, signers: Path | None = None, scan_keys: Collection[str] = ()
    ) -> None:
        """Read the terms, and what is certain; a sealed bundle must verify.

        `signers`: an allowed_signers file; whoever signed an earlier part must be on it.
        `scan_keys`: fingerprints that somebody noted when its runs began; each must be of one.
        """
        self.bundle = bundle.resolve()
        self.terms, digest = terms.read(bundle)
        self.dropped = self.dropped_records = 0
        self.carried = 0
        self.found_again = 0
        """Findings told before their entries were looked at to the end: they come again."""
        self._folder = BundleFolder(bundle)
        self._done: dict[int, array[int]] = {}
        """Checks of _TOGETHER neighbouring ids; not of all ids up to the highest, which is only
        somebody's word."""
        self._spare: dict[int, int] = {}
        self._journal: Journal | None = None
        self._part: SealedPart | OpenPart
        if resuming.is_sealed(self._folder):
            self._part = SealedPart(bundle, signers, scan_keys)
        else:
            self._journal = Journal(bundle)
            self._part = OpenPart(self._journal, signers, scan_keys)
            self.dropped = self._journal.dropped
            self.dropped_records = self._journal.dropped_records
            _check_terms(self._journal, digest)
        self._ends = self._count_lines()

    @property
    def in_place(self) -> Journal | None:
        """The journal to go on with; None: the outcomes must be carried into a new bundle."""
        return None if self._ended else self._journal

    @property
    def after(self) -> str:
        """SHA-256 of the line of the log that the next run goes on after; zeros: it begins one."""
        return self.in_place.log_end.sha256 if self.in_place else auditlog.START

    def lines(self) -> Iterator[AnyLine]:
        """The outcomes that stay; each is noted as done. Members come behind their container."""
        for line in self._lines():
            if isinstance(line, MemberLine):
                yield line
            elif line.result.outcome is not Outcome.NOT_REACHED:
                self._note(line.entry)
                self.carried += 1
                yield line
            elif line.finding:
                self.found_again += 1

    def preview(self, line: AnyLine) -> bytes:
        """The preview that a line names; empty if it names none."""
        name = line.found.preview if isinstance(line, EntryLine) and line.found else ""
        return self._folder.read(name) if layout.is_preview(name) else b""

    @property
    def given_up(self) -> frozenset[str]:
        """Types of content that nothing was decoded of any more, as its log says."""
        kinds: set[str] = set()
        journal = self._journal
        with suppress(VerificationError):  # as far as the chain of the log holds
            for record, _ in auditlog.follow(self._folder.lines(layout.LOG)):
                if journal and record.seq >= journal.log_end.records:
                    break  # signed by nobody: whoever had the stick could keep us from decoding
                if record.event == auditlog.GAVE_UP:
                    kinds.add(str(record.fields.get("type", "")))
        return frozenset(kinds)

    def resumed(self, at: str, signer: Signer) -> tuple[Resumption, ...]:
        """What the document says of all that was done before, the latest part last. `signer`: who
        signs what is done now."""
        parts = self._part.told(at, signer)
        if self.in_place:
            return parts
        return tuple(map(self._kept, parts))

    def new_in(self, listed: Listed) -> Listed:
        """The entries of a batch that have no outcome yet."""
        known = {n for n, entry in enumerate(listed.entries) if self._is_done(entry)}
        strangers = {
            n: self._renumbered(entry)
            for n, entry in enumerate(listed.entries)
            if n not in known and self._check_of(entry.id)
        }
        return Listed(
            volume=listed.volume,
            rows=listed.rows.changed(known, strangers) if known or strangers else listed.rows,
            entries=tuple(
                strangers.get(n, e) for n, e in enumerate(listed.entries) if n not in known
            ),
            settled=tuple(
                replace(each, entry=self._renumbered(each.entry))
                if self._check_of(each.entry.id)
                else each
                for each in listed.settled
                if not self._is_done(each.entry)
            ),
        )

    def _count_lines(self) -> dict[int, int]:
        """Of as many lines as each part ends with, how many stay."""
        kept, number, names = 0, 0, []
        ends = {0: 0}
        for number, line in enumerate(self._lines(), 1):
            kept += isinstance(line, MemberLine) or line.result.outcome is not Outcome.NOT_REACHED
            if number in self._part.ends:
                ends[number] = kept
            if isinstance(line, EntryLine) and line.found and line.found.preview:
                names.append(line.found.preview)
        if self._journal is not None:
            self._journal.previews(names)
        self._ended = kept < number
        return ends

    def _kept(self, part: Resumption) -> Resumption:
        """With as many entries as have come into this bundle."""
        return replace(part, carried_entries=self._ends.get(part.carried_entries, 0))

    def _lines(self) -> Iterator[AnyLine]:
        if self._journal is not None:
            return self._journal.entries()
        return entries.read(self._folder.lines(layout.ENTRIES))

    def _note(self, entry: FileEntry) -> None:
        volume, number = divmod(entry.id, IDS_FOR_A_VOLUME)
        if number >= SPARE_IDS:
            self._spare[volume] = max(self._spare.get(volume, 0), number - SPARE_IDS + 1)
            return
        some, place = divmod(entry.id, _TOGETHER)
        self._done.setdefault(some, array("I", [0]) * _TOGETHER)[place] = _check(entry)

    def _check_of(self, entry_id: int) -> int:
        some, place = divmod(entry_id, _TOGETHER)
        return self._done[some][place] if some in self._done else 0

    def _is_done(self, entry: FileEntry) -> bool:
        return self._check_of(entry.id) == _check(entry)

    def _renumbered(self, entry: FileEntry) -> FileEntry:
        volume = entry.id // IDS_FOR_A_VOLUME
        number = self._spare.get(volume, 0)
        self._spare[volume] = number + 1
        return replace(entry, id=volume * IDS_FOR_A_VOLUME + SPARE_IDS + number)


def _check_terms(journal: Journal, digest: str) -> None:
    if journal.terms != digest:
        raise BundleError(
            f"The bundle cannot be resumed: its {layout.TERMS} is not what the scan began with.",
            hint="Start a new scan; keep this folder as it is.",
        )


def _check(entry: FileEntry) -> int:
    """A small number that another entry hardly has; never 0."""
    said = (entry.volume_id, entry.path, entry.stream, entry.size, entry.meta_address)
    return crc32(repr((*said, entry.allocated)).encode("utf-8", "surrogatepass")) or 1
