"""Is what was put together of several bundles as it was signed, and does it agree with itself?

 1. It is a folder of plain files.        A link in place of a file.
 2. The list is well-formed.              One that names files elsewhere, or a file twice.
 3. The signature is good.                A changed list; a signature made for another purpose.
 4. The signer is on the list of yours.   All of it made anew and signed by another.
 5. Every file is as it was signed.       A file changed, cut short or taken out.
 6. There is no file besides.             A file slipped in.
 7. merged.json is of its schema.         Fields that one reader sees and another does not.
 8. The signer is the one that it names.  A signature swapped for another key's.
 9. It adds up.                           A finding left out, or one of a bundle that is not there.
10. The report is its rendering.          A report that tells another story.
11. Previews are those of their contents. Two that were swapped; a page in place of a picture.

It says nothing of the bundles themselves: each is told by the digest of its manifest, and verified
by itself.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

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
from triage.bundle.format import layout, manifest, merged
from triage.bundle.format.merged import Merged, MergedContent
from triage.bundle.format.shown import count, visible
from triage.bundle.rendering import merged as rendering
from triage.errors import BundleError, VerificationError, why
from triage.preview_jpeg import is_preview

_HINT = "Do not rely on it. Put the bundles together again: `seek merge BUNDLE… --out FOLDER`."


class SourceTold(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that it was made of."""

    number: int
    bundle: str
    manifest_sha256: str
    findings: int
    trouble: str
    """Why it did not verify; empty: it did."""


class MergedVerification(msgspec.Struct, frozen=True, kw_only=True):
    """How all steps went."""

    merged: str
    """Its folder."""
    steps: tuple[Step, ...]
    fingerprint: str = ""
    """Of the key that signed, if step 3 passed."""
    principal: str = ""
    """Who that is by the list of signers."""
    case_numbers: tuple[str, ...] = ()
    contents: int = 0
    places: int = 0
    sources: tuple[SourceTold, ...] = ()
    """Once it is known that they were signed."""

    @property
    def failed(self) -> Step | None:
        """The step that failed."""
        return failed_of(self.steps)

    def raise_if_failed(self) -> None:
        """Raise VerificationError, which names the step."""
        if self.failed:
            raise refusal("merge", self.failed, hint=_HINT)


@dataclass(slots=True, kw_only=True)
class _Folder(SignedFolder):
    """What the steps have learned so far."""

    renderers: Collection[str]
    said: Merged | None = None


_TERMS = SignedTerms(
    listed_in=merged.SUMS,
    signature=merged.SIGNATURE,
    namespace=merged.NAMESPACE,
    called="list",
    compare_with="your list",
    tells=merged.MERGED,
)


def verify(
    folder: Path,
    *,
    signers: Path | None = None,
    renderers: Collection[str] = (),
    tell: Callable[[int, int, str], None] = lambda *_: None,
) -> MergedVerification:
    """Take the steps, up to the first that fails; all else as for a bundle. Raises BundleError
    if there is no such folder, SigningError without ssh-keygen."""
    state = _Folder(
        folder=BundleFolder(folder, merged.longest), signers=signers, terms=_TERMS,
        renderers=renderers,
    )  # fmt: skip
    steps = take_all(_STEPS, state, tell)
    said = state.said
    return MergedVerification(
        merged=visible(str(folder)),
        steps=steps,
        fingerprint=state.key.fingerprint if state.key else "",
        principal=visible(state.principal),
        case_numbers=tuple(map(visible, said.case_numbers)) if said else (),
        contents=len(said.contents) if said else 0,
        places=sum(len(each.places) for each in said.contents) if said else 0,
        sources=_sources(said) if said else (),
    )


def _sources(said: Merged) -> tuple[SourceTold, ...]:
    return tuple(
        SourceTold(
            number=each.number,
            bundle=visible(each.bundle),
            manifest_sha256=each.manifest_sha256,
            findings=each.findings,
            trouble=visible(each.trouble),
        )
        for each in said.sources
    )


def _plain(state: _Folder) -> str:
    """1. It is a folder of plain files."""
    return names_of_files(state, cut_off="it")


def _listed(state: _Folder) -> str:
    """2. The list is well-formed."""
    state.listed = state.folder.read(merged.SUMS)
    own = (merged.SUMS, merged.SIGNATURE)
    state.digests = manifest.parse(
        state.listed, longest=merged.longest, never=own, always=merged.LISTED
    )
    return f"lists {count(len(state.digests), 'file')}"


def _schema(state: _Folder) -> str:
    """7. merged.json is of its schema."""
    text = state.folder.read(merged.MERGED)
    try:
        said = merged.decode(text)
        if merged.encode(said) != text:
            raise VerificationError("merged.json says something in more than one way")
    except BundleError as error:
        raise VerificationError(visible(why(error))) from error
    state.said = said
    return f"{count(len(said.sources), 'bundle')}, {count(len(said.contents), 'content')}"


def _signer_named(state: _Folder) -> str:
    """8. The signer is the one that it names."""
    return signer_is(state, _said(state).signer)


def _adds_up(state: _Folder) -> str:
    """9. It adds up."""
    said = _said(state)
    check_sums(said)
    places = sum(len(each.places) for each in said.contents)
    return f"{count(places, 'place')} of {count(len(said.contents), 'content')}"


def check_sums(said: Merged) -> None:
    """Raise VerificationError unless every finding of every bundle has its place, or is told by a
    later run."""
    if [each.number for each in said.sources] != [*range(1, len(said.sources) + 1)]:
        raise VerificationError("its bundles are not numbered from 1")
    if len({each.manifest_sha256 for each in said.sources}) < len(said.sources):
        raise VerificationError("it names one bundle twice")
    cases = tuple(dict.fromkeys(each.says.case.case_number for each in said.sources))
    if cases != said.case_numbers:
        raise VerificationError("its cases are not those of its bundles")
    volumes = [{volume.id for volume in each.says.volumes} for each in said.sources]
    told: Counter[int] = Counter()
    there: set[tuple[int, int]] = set()
    for number, content in enumerate(said.contents, 1):
        _check_content(volumes, number, content)
        for place in content.places:
            told[place.source] += 1
            there.add((place.source, place.finding))
    if len(there) != told.total():
        raise VerificationError("it tells one finding in two places")
    for source in said.sources:
        if told[source.number] + source.carried != source.findings:
            raise VerificationError(f"the findings of bundle {source.number} do not add up")
        later = source.all_in
        if later == source.number or later > len(said.sources) or (source.carried and not later):
            raise VerificationError(f"bundle {source.number} is told by one that is not there")


def _check_content(volumes: Sequence[Collection[str]], number: int, content: MergedContent) -> None:
    """`volumes`: ids, by source."""
    finding = content.finding
    if finding.number != number or finding.found.group >= number:
        raise VerificationError(f"content {number} has another's number")
    for place in content.places:
        if place.source > len(volumes):
            raise VerificationError(f"content {number} lies in a bundle that is not there")
        if place.volume_id not in volumes[place.source - 1]:
            raise VerificationError(f"content {number} lies on a volume that is not there")
    entry = finding.entry
    shown = {(merged.own_volume(p.source, p.volume_id), p.path) for p in content.places}
    if (entry.volume_id, entry.shown_path) not in shown:
        raise VerificationError(f"content {number} is told of a place in which it does not lie")


def _report(state: _Folder) -> str:
    """10. The report is its rendering."""
    said = _said(state)
    if said.renderer != rendering.renderer():
        if said.renderer not in state.renderers:
            raise VerificationError(
                f"{layout.REPORT} was made by a renderer that this seek does not have: "
                f"{said.renderer}"
            )
        raise NotChecked(f"allowed by name, {said.renderer}: go by merged.json")
    return rendered_again(state, rendering.files(said))


def _previews(state: _Folder) -> str:
    """11. Previews are those of their contents."""
    named = {name for name in state.digests if layout.is_preview(name)}
    for content in _said(state).contents:
        found = content.finding.found
        if not found.preview:
            continue
        if found.preview != layout.preview_name(found.number):
            raise VerificationError(f"content {found.number} has the preview of another")
        if state.digests.get(found.preview) != found.preview_sha256:
            raise VerificationError(f"{found.preview} is not the preview that its content names")
        if not is_preview(state.folder.read(found.preview)):
            raise VerificationError(f"{found.preview} is not a small JPEG and nothing else")
        named.discard(found.preview)
    if named:
        raise VerificationError(f"{min(named)} is the preview of nothing")
    return ""


def _said(state: _Folder) -> Merged:
    if state.said is None:
        raise VerificationError("merged.json was not read")
    return state.said


_STEPS: tuple[tuple[str, str, Callable[[_Folder], str]], ...] = (
    ("a folder of plain files", "a link in place of a file", _plain),
    ("list well-formed", "a list that names files elsewhere, or one twice", _listed),
    ("signature good", "a changed list; a signature for another purpose", signature),
    ("signer on your list", "all of it made anew and signed by another", signer_on_list),
    ("every file as it was signed", "a file changed, cut short or taken out", every_digest),
    ("no file besides", "a file slipped in", nothing_besides),
    ("merged.json of its schema", "fields that only some readers see", _schema),
    ("signer is the one named", "a signature swapped for another key's", _signer_named),
    ("it adds up", "a finding left out, or one of a bundle that is not there", _adds_up),
    ("report is the rendering", "a report that tells another story", _report),
    (
        "previews of their contents",
        "two that were swapped; a page in place of a picture",
        _previews,
    ),
)
