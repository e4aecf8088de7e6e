"""Is a bundle what was signed? Seventeen steps, each of which stops an attack.

 1. It is a sealed bundle of plain files.     A scan that was cut off; a link in place of a file.
 2. The manifest is well-formed.              One that names files elsewhere, or a file twice.
 3. The signature is good, and made for this. A changed manifest; a signature for another purpose.
 4. The signer is on the list.                A whole bundle made anew and signed by another.
 5. Every file is as it was signed.           A file changed, cut short or taken out.
 6. There is no file besides.                 A file slipped in.
 7. findings.json is of its schema.           Fields that one reader sees and another does not.
 8. The signer is the one that it names.      A signature swapped for another key's.
 9. The audit log is whole.                   A record changed, taken out, or cut off the end.
10. Coverage adds up with entries.jsonl.      A claim to have looked where nobody looked.
11. Findings and entries agree.               A finding made up, or kept silent.
12. The report is its rendering.              A report that tells another story.
13. Earlier runs are as they were left.       A part written anew before the scan was resumed.
14. findings.json agrees with itself.         A set that was not loaded; an invented write block.
15. scan.json is of this scan.                One of another case; none; garbage.
16. The audit log tells of this scan.         A log made anew; an end before the start.
17. Previews are those of their findings.     Two that were swapped; a page in place of a picture.

Nothing is parsed before it is known that the signature covers it, but the manifest and the
signature themselves. Steps 1 to 6 are about bytes; 7 to 17 hold against a signer, too: he may lie
about the world, and not contradict himself.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from triage.bundle.checking import (
    agreement,
    asked,
    crosscheck,
    earlier_runs,
    logged,
    previews,
    provenance,
)
from triage.bundle.checking.asked import Asked
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.checking.signed_folder import (
    SignedFolder,
    SignedTerms,
    every_digest,
    names_of_files,
    nothing_besides,
    rendered_again,
    signature,
    signer_is,
    signer_on_list,
)
from triage.bundle.checking.steps import NotChecked, Step, failed_of, refusal, take_all
from triage.bundle.checking.subject import Subject, subject_of
from triage.bundle.format import auditlog, layout, manifest, schema
from triage.bundle.format.custody import unproven
from triage.bundle.format.document import FORMAT, Document
from triage.bundle.format.reckoning import ending_of
from triage.bundle.format.shown import count, visible
from triage.bundle.rendering import html
from triage.ending import Reason
from triage.ending_words import not_seen
from triage.errors import BundleError, VerificationError, why


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """How all steps went."""

    bundle: str
    """Its folder, whose name is anybody's to change."""
    subject: Subject | None = None
    """What it is of, by its own words; None while those are not known to be what was signed."""
    steps: tuple[Step, ...]
    fingerprint: str = ""
    """Of the key that signed, if step 3 passed."""
    principal: str = ""
    """Who that is by the list of signers."""
    partial: str = ""
    """Why the scan did not go to its end; empty if it did."""
    continues: str = ""
    """Folder of the earlier bundle whose outcomes this one holds too: this one counts."""
    continued: str = ""
    """Name of a note beside the bundle: its scan went on in another one. Not signed."""
    not_seen: tuple[str, ...] = ()
    """What the scan did not look at and should have, in words."""
    left_by_computers: tuple[str, ...] = ()
    """Files that a computer put beside the bundle's own by itself. They were not read."""
    not_proven: tuple[str, ...] = ()
    """What earlier runs did of which nobody can be sure, in words."""

    @property
    def failed(self) -> Step | None:
        """The step that failed."""
        return failed_of(self.steps)

    def raise_if_failed(self) -> None:
        """Raise VerificationError, which names the step."""
        if self.failed:
            raise refusal("bundle", self.failed, hint=self._hint(self.failed))

    @staticmethod
    def _hint(failed: Step) -> str:
        if failed.detail == _NO_BUNDLE:
            return _ELSEWHERE
        return _RENDER_AGAIN if failed.detail.startswith(_UNKNOWN_RENDERER) else _KEEP


_NO_BUNDLE = "this folder is no bundle: none of a bundle's files is in it"
_ELSEWHERE = "Give the folder of the bundle itself, which is named CASE-EXHIBIT-UTC."
_UNKNOWN_RENDERER = "report.html was made by a renderer that this seek does not have"
_RENDER_AGAIN = (
    "Verify it with the seek that made it. If you know that renderer, allow it by its name: "
    "--renderer DIGEST; and read the report that `seek report` makes anew, not this one."
)
_KEEP = "Do not rely on it. Keep it as it is, and ask for the stick it came from."


@dataclass(slots=True, kw_only=True)
class _Bundle(SignedFolder):
    """What the steps have learned so far."""

    renderers: Collection[str] | None
    scan_keys: Collection[str] = ()
    document: Document | None = None
    asked: Asked | None = None
    version: int = FORMAT
    lines: crosscheck.Tallied | None = None
    not_proven: tuple[str, ...] = ()


_OF_EVERY_BUNDLE = (layout.MANIFEST, layout.LOG, layout.ENTRIES, layout.FINDINGS)
"""At least one of these is there from a scan's start."""


_TERMS = SignedTerms(
    listed_in=layout.MANIFEST,
    signature=layout.SIGNATURE,
    namespace=layout.NAMESPACE,
    called="manifest",
    compare_with="your list or the paper record",
    tells=layout.FINDINGS,
)


def verify(
    bundle: Path,
    *,
    signers: Path | None = None,
    renderers: Collection[str] | None = (),
    scan_keys: Collection[str] = (),
    tell: Callable[[int, int, str], None] = lambda *_: None,
) -> Verification:
    """Take the steps, up to the first that fails. `signers`: the lab's own allowed_signers file.

    `renderers`: those that may have made report.html besides this seek's own, by their digests, as
    the report is then not compared; None: any, where nobody goes by the report.

    `scan_keys`: fingerprints that somebody noted when the scan, or a run of it, began.

    `tell` is told of each step before it is taken: its number, how many there are, its title.

    Raises BundleError if there is no such folder, SigningError without ssh-keygen; a bundle that
    fails is told by the result.
    """
    state = _Bundle(
        folder=BundleFolder(bundle), signers=signers, terms=_TERMS, renderers=renderers,
        scan_keys=scan_keys,
    )  # fmt: skip
    steps = take_all(_STEPS, state, tell)
    document = state.document
    return Verification(
        bundle=visible(str(bundle)),
        subject=subject_of(document, state.asked, bundle) if document else None,
        steps=steps,
        fingerprint=state.key.fingerprint if state.key else "",
        principal=visible(state.principal),
        partial=visible(document.partial_reason) if document and document.partial else "",
        continues=visible(document.continues) if document else "",
        continued=visible(note.name)
        if (note := layout.note_of(bundle.resolve())).is_file()
        else "",
        not_seen=tuple(_not_seen(document)) if document else (),
        left_by_computers=tuple(visible(name, 100) for name in state.folder.left_by_computers),
        not_proven=tuple(map(visible, state.not_proven)),
    )


def _not_seen(document: Document) -> Iterator[str]:
    for unseen in ending_of(document).mattering:
        which = f" ({', '.join(unseen.named)})" if unseen.reason is Reason.SET_ALTERED else ""
        yield not_seen("en", unseen.reason, unseen.count) + visible(which)


def _sealed(state: _Bundle) -> str:
    """1. It is a sealed bundle of plain files."""
    if not any((state.folder.path / name).exists() for name in _OF_EVERY_BUNDLE):
        raise VerificationError(_NO_BUNDLE)
    return names_of_files(state, cut_off="the scan")


def _manifest(state: _Bundle) -> str:
    """2. The manifest is well-formed."""
    state.listed = state.folder.read(layout.MANIFEST)
    state.digests = manifest.parse(state.listed)
    return f"lists {count(len(state.digests), 'file')}"


def _schema(state: _Bundle) -> str:
    """7. findings.json is of its schema."""
    text = state.folder.read(layout.FINDINGS)
    try:
        state.version = schema.version_of(text)
        state.document = schema.decode(text)
    except BundleError as error:
        raise VerificationError(visible(why(error))) from error
    if not schema.is_spelled_so(state.document, text):
        raise VerificationError("findings.json says something in more than one way")
    findings = count(len(state.document.findings), "finding")
    return findings if state.version == FORMAT else f"format {state.version}, {findings}"


def _signer_named(state: _Bundle) -> str:
    """8. The signer is the one that findings.json names."""
    return signer_is(state, _document(state).signer)


def _audit_log(state: _Bundle) -> str:
    """9. The audit log is whole."""
    end = auditlog.check(state.folder.lines(layout.LOG))
    if end != _document(state).log:
        raise VerificationError("the audit log does not end where findings.json says")
    return count(end.records, "record")


def _coverage(state: _Bundle) -> str:
    """10. Coverage adds up with entries.jsonl."""
    document = _document(state)
    lines = state.folder.lines(layout.ENTRIES)
    state.lines = crosscheck.tally(lines, state.version, document.volumes)
    crosscheck.compare_coverage(document, state.lines)
    crosscheck.compare_ending(document)
    return f"{count(state.lines.entries, 'entry', 'entries')} counted again"


def _findings(state: _Bundle) -> str:
    """11. Findings and entries agree."""
    if state.lines is None:
        raise VerificationError("entries.jsonl was not read")
    there = {name for name in state.digests if layout.is_preview(name)}
    crosscheck.compare_findings(_document(state), state.lines, there)
    return ""


def _report(state: _Bundle) -> str:
    """12. The report is its rendering: report.html, and its further files if there are any."""
    document = _document(state)
    renderer, own = visible(document.tool.renderer, 80), html.renderer()
    if document.tool.renderer != own:
        made = f"{renderer or 'no name'}, of seek {visible(document.tool.version, 40)}"
        if state.renderers is not None and document.tool.renderer not in state.renderers:
            raise VerificationError(f"{_UNKNOWN_RENDERER}: {made}")
        raise NotChecked(f"allowed by name, {made}: read the one that `seek report` makes anew")
    return rendered_again(state, html.files(document))


def _agrees(state: _Bundle) -> str:
    """14. findings.json agrees with itself."""
    agreement.check(_document(state), state.folder.read(layout.FINDINGS))
    provenance.check(_document(state))
    return ""


def _asked(state: _Bundle) -> str:
    """15. scan.json is of this scan."""
    state.asked = asked.read(state.folder.read(layout.TERMS))
    asked.compare(state.asked, _document(state), state.version)
    return ""


def _logged(state: _Bundle) -> str:
    """16. The audit log tells of this scan."""
    if state.lines is None:
        raise VerificationError("entries.jsonl was not read")
    run = logged.last_run(state.folder.lines(layout.LOG))
    logged.compare(run, _document(state), state.lines)
    return "the clock was set back while it ran" if run.set_back else ""


def _previews(state: _Bundle) -> str:
    """17. Previews are those of their findings."""
    document = _document(state)
    return count(previews.check(document, state.folder, state.digests, state.version), "preview")


def _earlier_runs(state: _Bundle) -> str:
    """13. Earlier runs are as they were left."""
    document = _document(state)
    bundle = earlier_runs.SealedBundle(
        folder=state.folder, digests=state.digests, document=document, signers=state.signers,
        scan_keys=state.scan_keys,
    )  # fmt: skip
    runs = earlier_runs.check(bundle)
    state.not_proven = tuple(unproven(earlier_runs.as_known(bundle, runs)))
    if not runs.all:
        if state.scan_keys:
            raise VerificationError("it names no scan key, and one was noted")
        raise NotChecked("an older seek made it, whose journal nobody signed")
    if state.not_proven:
        raise NotChecked("not all of them are proven, see below")
    return count(len(runs.all), "run")


def _document(state: _Bundle) -> Document:
    if state.document is None:
        raise VerificationError("findings.json was not read")
    return state.document


_STEPS: tuple[tuple[str, str, Callable[[_Bundle], str]], ...] = (
    ("a sealed bundle of plain files", "a scan cut off; a link in place of a file", _sealed),
    ("manifest well-formed", "a manifest that names files elsewhere, or one twice", _manifest),
    ("signature good", "a changed manifest; a signature for another purpose", signature),
    ("signer on your list", "a bundle made anew and signed by another", signer_on_list),
    ("every file as it was signed", "a file changed, cut short or taken out", every_digest),
    ("no file besides", "a file slipped in", nothing_besides),
    ("findings.json of its schema", "fields that only some readers see", _schema),
    ("signer is the one named", "a signature swapped for another key's", _signer_named),
    ("audit log whole", "a record changed, taken out or cut off", _audit_log),
    ("coverage adds up", "a claim to have looked where nobody looked", _coverage),
    ("findings and entries agree", "a finding made up, or kept silent", _findings),
    ("report is the rendering", "a report that tells another story", _report),
    ("earlier runs as they were left", "a part written anew and resumed", _earlier_runs),
    (
        "findings.json agrees with itself",
        "a set that was not loaded; an invented write block",
        _agrees,
    ),
    ("scan.json of this scan", "one of another case, none, or garbage", _asked),
    ("audit log of this scan", "a log made anew; an end before the start", _logged),
    (
        "previews of their findings",
        "two that were swapped; a page in place of a picture",
        _previews,
    ),
)
