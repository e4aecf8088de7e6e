"""The part of a scan that was done before: who signed it, and what is to be said of it.

It lies in a bundle that was sealed, whose manifest is signed, or in one that was cut off, of which
every run is vouched for by itself.
"""

from collections.abc import Collection
from pathlib import Path

from msgspec.structs import replace

from triage.bundle.checking import custody
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import layout, schema
from triage.bundle.format.document import LONGEST_NAME, Document, Integrity, Resumption
from triage.bundle.writing.journal import Journal
from triage.bundle.writing.signing import Signer
from triage.errors import BundleError, UsageError
from triage.scan.resuming import trust


class OpenPart:
    """Of a bundle that was cut off. Raises BundleError where a run is not by a listed signer."""

    def __init__(self, journal: Journal, signers: Path | None, scan_keys: Collection[str]) -> None:
        self._journal = journal
        self._who = trust.listed(journal.runs.all, signers)
        self._noted = trust.noted_in(journal.runs.all, scan_keys)
        self.ends = {*(each.carried_entries for each in journal.runs.said), journal.lines}
        """After how many lines of entries.jsonl a part ends."""

    def told(self, at: str, signer: Signer) -> tuple[Resumption, ...]:
        """Of every run, the last one last. `signer`: who signs now."""
        runs, bundle = self._journal.runs.all, self._journal.folder.path
        judged = [
            Integrity.PROVEN
            if noted
            else trust.judge(
                run.vouched.signer, run.vouched.kind, who, signer=signer, bundle=bundle
            )
            for run, who, noted in zip(runs, self._who, self._noted, strict=True)
        ]
        last = self._journal.resumption(at, judged[-1], self._who[-1])
        return (*trust.history(runs, judged), last)


class SealedPart:
    """Of a sealed, partial bundle. Raises VerificationError if it does not verify, UsageError if
    that scan went to its end."""

    def __init__(self, bundle: Path, signers: Path | None, scan_keys: Collection[str]) -> None:
        from triage.bundle.checking.verify import verify  # noqa: PLC0415 - loads all that renders a report

        verification = verify(bundle, signers=signers, renderers=None)  # nobody goes by its report
        verification.raise_if_failed()
        if not verification.partial:
            raise UsageError(
                "There is nothing to resume: that scan went to its end.",
                hint=f"`seek verify {bundle}` shows what it says.",
            )
        self._bundle = bundle.resolve()
        self._principal = verification.principal[:LONGEST_NAME]
        self._document: Document = schema.decode(BundleFolder(bundle).read(layout.FINDINGS))
        runs = custody.follow(BundleFolder(bundle).lines(layout.LOG)).all
        noted = trust.noted_in(runs, scan_keys)
        self._noted = bool(noted) and noted[-1]
        """Its last run vouches for who sealed it."""
        volumes = self._document.coverage.volumes.values()
        listed = (each.listed.entries + sum(each.members.values()) for each in volumes)
        self._lines = sum(listed)
        self.ends = {*(each.carried_entries for each in self._document.resumed), self._lines}
        """After how many lines of entries.jsonl a part ends."""

    def told(self, at: str, signer: Signer) -> tuple[Resumption, ...]:
        """Of every part, this bundle's own last. `signer`: who signs now."""
        by = self._document.signer
        if by is None:
            raise BundleError("The bundle names no signer.", hint="Start a new scan.")
        integrity = Integrity.PROVEN
        if not self._noted:
            integrity = trust.judge(
                by.public_key, by.kind, self._principal, signer=signer, bundle=self._bundle
            )
        last = Resumption(
            at=at,
            bundle=self._bundle.name,
            carried_entries=self._lines,
            integrity=integrity,
            signer=by.fingerprint,
            principal=self._principal,
        )
        before = self._document.resumed
        if integrity is not Integrity.PROVEN:
            before = tuple(replace(each, integrity=integrity, principal="") for each in before)
        return (*before, last)
