"""Is what earlier runs of a scan did still what they left, and who says so?

The signer of the last run signed all of it. This holds against whoever had it before that: what
earlier runs committed is signed with keys that were gone with them.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from triage.bundle.checking import custody, sigcheck
from triage.bundle.checking.custody import Mark, ScanRun, ScanRuns
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import layout
from triage.bundle.format.custody import PreviewRoll
from triage.bundle.format.document import LONGEST_NAME, Document, Integrity, Resumption, SignerKind
from triage.errors import VerificationError

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBundle:
    """A bundle whose other steps were taken."""

    folder: BundleFolder
    digests: dict[str, str]
    """By name, of all that was signed."""
    document: Document
    signers: Path | None
    scan_keys: Collection[str] = ()
    """Fingerprints that somebody noted when its runs began."""


def check(bundle: SealedBundle) -> ScanRuns:
    """Its runs, each of which holds; none if an older seek made it. Raises VerificationError."""
    runs = custody.follow(bundle.folder.lines(layout.LOG))
    if not runs.all:
        return runs
    runs.check()
    if strange := sorted(set(bundle.scan_keys).difference(run.scan_key for run in runs.all)):
        raise VerificationError(f"no run has the scan key that was noted, {strange[0]}")
    terms = bundle.digests.get(layout.TERMS, "")
    if any(run.vouched.terms != terms for run in runs.all):
        raise VerificationError(f"{layout.TERMS} is not what the scan began with")
    marks = [run.last for run in runs.all if run.last]
    _hold_entries(bundle, marks)
    _hold_previews(bundle, marks)
    _agree(bundle.document, runs)
    return runs


def as_known(bundle: SealedBundle, runs: ScanRuns) -> Sequence[Resumption]:
    """What the document says of earlier runs; where a list of signers is given, by that. A run is
    proven whose scan key somebody noted."""
    said = list(bundle.document.resumed)
    for number, run in enumerate(reversed(runs.all[:-1]), 1):
        if run.scan_key in bundle.scan_keys:
            said[-number] = replace(said[-number], integrity=Integrity.PROVEN)
        elif bundle.signers is not None:
            said[-number] = _by_list(said[-number], run, bundle.signers)
    return said


def _by_list(said: Resumption, run: ScanRun, signers: Path) -> Resumption:
    """Whom the list names vouches for a run, if its key did not lie open; nobody else does."""
    if said.integrity is Integrity.OPEN_KEY or not run.vouched.signer:
        return said
    try:
        who = sigcheck.who(run.statement, run.vouched.signature.encode(), signers)
    except VerificationError:
        fresh = run.vouched.kind is SignerKind.FRESH
        integrity = Integrity.OF_THAT_RUN if fresh else Integrity.ANOTHER_KEY
        return replace(said, integrity=integrity, principal="")
    return replace(said, integrity=Integrity.PROVEN, principal=who[:LONGEST_NAME])


def _hold_entries(bundle: SealedBundle, marks: Sequence[Mark]) -> None:
    """entries.jsonl begins with what each run committed, and ends with what the last one did."""
    digest, done, lines = hashlib.sha256(), 0, 0
    with bundle.folder.open(layout.ENTRIES) as file:
        for mark in marks:
            commit = mark.commit
            while done < commit.bytes and (part := file.read(min(_CHUNK, commit.bytes - done))):
                digest.update(part)
                done += len(part)
                lines += part.count(b"\n")
            if (done, lines, digest.hexdigest()) != (commit.bytes, commit.entries, commit.sha256):
                raise VerificationError(
                    f"entries.jsonl is not what line {mark.record.seq + 1} of the audit log says"
                )
        if file.read(1):
            raise VerificationError("entries.jsonl goes on after the last commit")


def _hold_previews(bundle: SealedBundle, marks: Sequence[Mark]) -> None:
    """The first previews are those that each run committed."""
    named = [each for each in bundle.digests.items() if layout.is_preview(each[0])]
    named.sort(key=lambda each: (len(each[0]), each[0]))
    roll = PreviewRoll()
    for mark in marks:
        commit = mark.commit
        roll.add(named[roll.count : commit.previews])
        if (roll.count, roll.sha256) != (commit.previews, commit.previews_sha256):
            raise VerificationError(
                f"the previews are not what line {mark.record.seq + 1} of the audit log says"
            )


def _agree(document: Document, runs: ScanRuns) -> None:
    """findings.json tells of the same runs, and is signed by who vouches for the last."""
    told = [(each.carried_entries, each.signer) for each in runs.said]
    if told != [(each.carried_entries, each.signer) for each in document.resumed]:
        raise VerificationError("findings.json tells of other earlier runs than the audit log")
    last, signer = runs.all[-1].vouched, document.signer
    if last.signer and (signer is None or last.signer != signer.public_key):
        raise VerificationError("another key signed than the one that vouches for the last run")
