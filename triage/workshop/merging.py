"""Bundles put together: all devices of a search, or a scan and the runs that went on with it.

A content is known by its SHA-256 and told once, with every place in every bundle. What one bundle
carried over from another is told as its own. Nothing is judged anew: what a bundle says is taken
as it says it, and none of it is left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from triage.bundle.format import layout, merged
from triage.bundle.format.document import Document, Finding, Found
from triage.bundle.format.merged import Merged, MergedContent, MergedPlace, MergedSource
from triage.bundle.rendering import merged as rendering
from triage.bundle.writing.durable import storage_errors, write_once
from triage.bundle.writing.place import check_writable
from triage.bundle.writing.signing import Signer
from triage.errors import BundleError, UsageError, there_already
from triage.evidence import Device
from triage.findings import Match, surest
from triage.match_kinds import MatchKind

_KINDS = tuple(MatchKind)
"""The surest first."""

Preview = Callable[[str], bytes]
"""A preview of a bundle, by its name; raises VerificationError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBundle:
    """A bundle that was verified, or that somebody wants to be taken all the same."""

    name: str
    """Of its folder."""
    would_be_named: str = ""
    """What the folder was called on scene, if it has another name by now."""
    document: Document
    findings: tuple[Finding, ...]
    """All of them, also those for which the document has no room."""
    manifest_sha256: str
    trouble: str = ""
    fingerprint: str = ""
    principal: str = ""
    not_proven: tuple[str, ...] = ()
    preview: Preview


@dataclass(slots=True, kw_only=True)
class _Gathered:
    """A content, while its places are gathered."""

    number: int
    lies: list[tuple[int, Finding]] = field(default_factory=list)
    """Source and finding."""


def refuse_what_does_not_belong(given: Sequence[GivenBundle], *, several_cases: bool) -> None:
    """Raise UsageError for one bundle given twice, or for bundles of several cases unless that is
    wanted."""
    seen: dict[str, str] = {}
    for each in given:
        if each.manifest_sha256 in seen:
            raise UsageError(
                f"{each.name} is the same bundle as {seen[each.manifest_sha256]}.",
                hint="Give each bundle once.",
            )
        seen[each.manifest_sha256] = each.name
        _refuse_what_contradicts_itself(each)
    cases = dict.fromkeys(each.document.case.case_number for each in given)
    if len(cases) > 1 and not several_cases:
        named = ", ".join(case or "none" for case in cases)
        raise UsageError(
            f"These bundles are of different cases: {named}.",
            hint="Give those of one case; or, if they belong together, add --several-cases.",
        )


def _refuse_what_contradicts_itself(given: GivenBundle) -> None:
    """No bundle that verifies does."""
    numbers = {finding.number for finding in given.findings}
    volumes = {volume.id for volume in given.document.volumes}
    elsewhere = any(each.entry.volume_id not in volumes for each in given.findings)
    if len(numbers) < len(given.findings) or elsewhere:
        raise BundleError(
            f"{given.name} contradicts itself: its findings are not numbered each by its own, or "
            "lie on volumes that it does not have.",
            hint="It cannot be put together with others, whatever is believed of it.",
        )


class Merging:
    """Several bundles, as one folder."""

    def __init__(self, given: Sequence[GivenBundle]) -> None:
        """They do belong together."""
        self._given = given
        self._all_in = [_goes_on_with(each, given) for each in given]
        self._carried = [0 for _ in given]
        self._gathered = self._gather()
        self._previews: dict[str, bytes] = {}

    def write(self, out: Path, signer: Signer, *, by: str, at: str) -> Merged:
        """Make the folder. Raises UsageError if something is there, EvidenceStickError."""
        if out.exists() or out.is_symlink():
            raise there_already(out)
        check_writable(out.parent)
        content = merged.encode(self._merged(signer, by=by, at=at))
        made = merged.decode(content)  # as whoever verifies it reads it
        files: dict[str, bytes] = {merged.MERGED: content}
        files |= layout.signer_files(signer.statement.public_key, namespace=merged.NAMESPACE)
        files |= self._previews
        with storage_errors(str(out)):
            out.mkdir(mode=0o700)
            if self._previews:
                (out / layout.MEDIA).mkdir(mode=0o700)
        sums = {name: write_once(out / name, held, shown=name) for name, held in files.items()}
        for name, page in rendering.files(made):
            sums[name] = write_once(out / name, page.encode("utf-8"), shown=name)
        listed = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode("ascii")
        write_once(out / merged.SUMS, listed, shown=merged.SUMS)
        signature = signer.sign(listed, namespace=merged.NAMESPACE)
        write_once(out / merged.SIGNATURE, signature, shown=merged.SIGNATURE)
        return made

    def _merged(self, signer: Signer, *, by: str, at: str) -> Merged:
        return Merged(
            by=by,
            renderer=rendering.renderer(),
            at=at,
            case_numbers=tuple(dict.fromkeys(e.document.case.case_number for e in self._given)),
            sources=tuple(self._source(index) for index in range(len(self._given))),
            contents=tuple(self._contents()),
            signer=signer.statement,
        )

    def _source(self, index: int) -> MergedSource:
        given = self._given[index]
        return MergedSource(
            number=index + 1,
            bundle=given.name,
            manifest_sha256=given.manifest_sha256,
            trouble=given.trouble,
            fingerprint=given.fingerprint,
            principal=given.principal,
            not_proven=given.not_proven,
            all_in=self._all_in[index],
            findings=len(given.findings),
            carried=self._carried[index],
            says=msgspec.structs.replace(given.document, findings=(), findings_left_out=0),
        )

    def _gather(self) -> list[_Gathered]:
        """Every content, in the order in which it first comes."""
        by_digest: dict[str, _Gathered] = {}
        gathered: list[_Gathered] = []
        for index, given in enumerate(self._given):
            carried = self._told_by(self._all_in[index])
            for finding in given.findings:
                if _identity(finding) in carried:
                    self._carried[index] += 1
                    continue
                digest = finding.digests.get("sha256", "")
                one = by_digest.get(digest) if digest else None
                if one is None:
                    one = _Gathered(number=len(gathered) + 1)
                    gathered.append(one)
                    if digest:
                        by_digest[digest] = one
                one.lies.append((index, finding))
        return gathered

    def _told_by(self, source: int) -> set[tuple[str, int, str]]:
        """What the source of that number tells; of none, nothing."""
        return {_identity(each) for each in self._given[source - 1].findings} if source else set()

    def _contents(self) -> Iterator[MergedContent]:
        groups = self._groups()
        for one in self._gathered:
            index, finding = min(one.lies, key=lambda each: _KINDS.index(surest(each[1].matches)))
            entry = finding.entry
            volume = merged.own_volume(index + 1, entry.volume_id)
            result = msgspec.structs.replace(finding.result, matches=_matches_of(one))
            yield MergedContent(
                finding=Finding(
                    entry=msgspec.structs.replace(entry, volume_id=volume),
                    result=result,
                    found=self._found(one, finding.found, groups),
                ),
                places=tuple(_place(index + 1, each) for index, each in one.lies),
            )

    def _found(self, one: _Gathered, found: Found, groups: Mapping[int, int]) -> Found:
        found = msgspec.structs.replace(
            found, number=one.number, group=groups.get(one.number, 0), preview="", preview_sha256=""
        )
        for index, finding in one.lies:
            named = finding.found.preview
            if not named:
                continue
            content = self._given[index].preview(named)
            digest = sha256(content).hexdigest()
            if digest == finding.found.preview_sha256:
                name = layout.preview_name(one.number)
                self._previews[name] = content
                return msgspec.structs.replace(found, preview=name, preview_sha256=digest)
        return found

    def _groups(self) -> dict[int, int]:
        """Of contents that show the same, by what any bundle says: the first of them, by number;
        of that itself nothing."""
        content_of = {
            (index, finding.number): one.number
            for one in self._gathered
            for index, finding in one.lies
        }
        first: dict[int, int] = {}

        def first_of(number: int) -> int:
            while number in first:
                number = first[number]
            return number

        for one in self._gathered:
            for index, finding in one.lies:
                leader = content_of.get((index, finding.found.group))
                if leader is not None:
                    low, high = sorted((first_of(leader), first_of(one.number)))
                    if low != high:
                        first[high] = low
        return {number: first_of(number) for number in first}


def _goes_on_with(earlier: GivenBundle, given: Sequence[GivenBundle]) -> int:
    """Number of the one that was begun with what the earlier one had done; 0: none was."""
    names = {earlier.name, earlier.would_be_named} - {""}
    for number, each in enumerate(given, 1):
        said = each.document
        if (
            each is not earlier
            and not each.trouble
            and said.continues in names
            and said.resumed
            and said.case == earlier.document.case
            and _told_apart(said.devices) == _told_apart(earlier.document.devices)
        ):
            return number
    return 0


def _told_apart(devices: Sequence[Device]) -> list[tuple[object, ...]]:
    """By what does not change with the place where they are attached."""
    return [(d.id, d.kind, d.size, d.model, d.serial, d.wwn) for d in devices]


def _identity(finding: Finding) -> tuple[str, int, str]:
    entry = finding.entry
    return entry.volume_id, entry.id, finding.digests.get("sha256", "")


def _matches_of(one: _Gathered) -> tuple[Match, ...]:
    """Of all places, each once, the surest first."""
    said: dict[bytes, Match] = {}
    for _, finding in one.lies:
        for match in finding.matches:
            said.setdefault(msgspec.msgpack.encode(match), match)
    return tuple(sorted(said.values(), key=lambda match: _KINDS.index(match.kind)))


def _place(source: int, finding: Finding) -> MergedPlace:
    kinds = {match.kind for match in finding.matches}
    return MergedPlace(
        source=source,
        finding=finding.number,
        volume_id=finding.entry.volume_id,
        path=finding.entry.shown_path,
        allocated=finding.entry.allocated,
        kinds=tuple(kind for kind in MatchKind if kind in kinds),
    )
