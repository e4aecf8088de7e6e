"""What findings hold, copied into a folder: their contents, and what lies in those.

A part that takes one stretch of its finding's content is cut out of the copy of that. Of all else -
members of containers, parts in pieces or in another form - a worker finds what it found on scene.
Whatever comes is kept if it has the digest that was signed, and goes again if not.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from triage.bundle.format.document import Finding
from triage.bundle.writing.durable import NewFile, storage_errors
from triage.coordinator.copier import Copier
from triage.evidence import FileEntry
from triage.findings import Match
from triage.wire.messages import MOST_PARTS, WantedPart
from triage.workshop.naming import name_of, name_of_inner, name_of_stretch

NO_DIGEST = "the bundle has no SHA-256 of it to hold it against"
NOT_THE_SAME = "what lies there now is not what was found: another SHA-256"
NOT_TOLD = "more in it matched than the bundle tells one by one"
NOT_TRIED = "the bundle tells of more in it than is taken out of one finding"
_BUFFER = 64 << 20
_PIECE = 1 << 20
_UNDER_WAY = "under-way"


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


class FindingCopies:
    """In one folder, by one copier."""

    def __init__(self, copier: Copier, out: Path) -> None:
        """`out`: nobody else writes there."""
        self._copier = copier
        self._out = out

    def of(self, finding: Finding) -> Iterator[Extracted]:
        """The content, and what lies in it and matched."""
        entry = finding.entry
        told = Extracted(finding=finding.number, volume=entry.volume_id, path=entry.shown_path)
        name = name_of(finding.number, entry.shown_path, finding.result.type)
        whole = self._whole(finding, told, name)
        yield whole
        further: list[Match] = []
        for match in _parts(finding.matches):
            cut = self._cut_out(whole, match, told) if whole.file else None
            if cut is None:
                further.append(match)
            else:
                yield cut
        yield from self._inner(entry, name, further, told)
        if untold := _untold(finding.matches):
            part = f"{untold:,} more"
            yield msgspec.structs.replace(told, part=part, trouble=NOT_TOLD)

    def _whole(self, finding: Finding, told: Extracted, name: str) -> Extracted:
        wanted = finding.digests.get("sha256", "")
        if not wanted:
            return msgspec.structs.replace(told, trouble=NO_DIGEST)
        entry, trouble = finding.entry, ""
        for again in (False, True):
            with self._new(name) as file:
                trouble = self._copier.copy(entry, _into(file), again=again)
                digest = file.close()
            if not trouble and digest == wanted:
                return msgspec.structs.replace(told, file=name, size=entry.size, sha256=digest)
            (self._out / name).unlink()
        return msgspec.structs.replace(told, trouble=trouble or NOT_THE_SAME)

    @contextmanager
    def _new(self, name: str) -> Iterator[NewFile]:
        file = NewFile(self._out / name, shown=name)
        try:
            yield file
        finally:
            file.abandon()

    def _cut_out(self, whole: Extracted, match: Match, told: Extracted) -> Extracted | None:
        """A part that is a stretch of what was taken out; None if it is none."""
        said = match.provenance
        digest = said.get("part_sha256", "")
        with suppress(ValueError):
            place = match.place
            if place is None or not digest:
                return None
            offset, length = place
            name = name_of_stretch(whole.file, offset, said.get("part_type", ""))
            if self._stretch(whole.file, offset, length, name) == digest:
                told = msgspec.structs.replace(told, part=said["part"], file=name)
                return msgspec.structs.replace(told, size=length, sha256=digest)
            with suppress(FileNotFoundError):
                (self._out / name).unlink()
        return None

    def _stretch(self, of: str, offset: int, length: int, name: str) -> str:
        """Its SHA-256."""
        with self._new(name) as file, storage_errors(of), (self._out / of).open("rb") as content:
            content.seek(offset)
            take = _into(file)
            while length > 0 and (held := content.read(min(_PIECE, length))):
                take(held)
                length -= len(held)
            return file.close()

    def _inner(
        self, entry: FileEntry, name: str, matches: Sequence[Match], told: Extracted
    ) -> Iterator[Extracted]:
        """What a worker finds again in the entry."""
        wanted: list[tuple[Match, WantedPart]] = []
        for match in matches:
            part = _wanted(match)
            named = msgspec.structs.replace(told, part=_called(match))
            if part is None:
                yield msgspec.structs.replace(named, trouble=NO_DIGEST)
            elif len(wanted) == MOST_PARTS:
                yield msgspec.structs.replace(named, trouble=NOT_TRIED)
            else:
                wanted.append((match, part))
        if not wanted:
            return
        files: dict[int, str] = {}
        trouble = self._handed_over(entry, name, wanted, files)
        if len(files) < len(wanted):
            trouble = self._handed_over(entry, name, wanted, files, again=True)
        for number, (match, part) in enumerate(wanted):
            named = msgspec.structs.replace(told, part=_called(match))
            if number in files:
                named = msgspec.structs.replace(
                    named, file=files[number], size=part.size, sha256=part.sha256.hex()
                )
            else:
                named = msgspec.structs.replace(named, trouble=trouble or NOT_THE_SAME)
            yield named

    def _handed_over(
        self,
        entry: FileEntry,
        name: str,
        wanted: Sequence[tuple[Match, WantedPart]],
        files: dict[int, str],
        *,
        again: bool = False,
    ) -> str:
        """Put into `files`, by the numbers of the parts, what came and is what was found. Why not
        all did."""
        left = [number for number in range(len(wanted)) if number not in files]
        arriving = Arriving(self._out)

        def arrived(number: int) -> None:
            if number < 0:
                arriving.give_up()
                return
            match, part = wanted[left[number]]
            path, mime = match.provenance.get("member", ""), match.provenance.get("part_type", "")
            called = name_of_inner(name, left[number] + 1, path, mime)
            if arriving.keep(part.sha256.hex(), called):
                files[left[number]] = called

        try:
            parts = [wanted[number][1] for number in left]
            return self._copier.copy_parts(entry, parts, arriving.take, arrived, again=again)
        finally:
            arriving.give_up()


class Arriving:
    """What comes, in a file that gets its name once it is known what it is."""

    def __init__(self, out: Path) -> None:
        """`out`: the folder."""
        self._out = out
        self._file: NewFile | None = None
        self._take: Callable[[bytes], None] | None = None

    def take(self, data: bytes) -> None:
        """Some more of it."""
        if self._file is None or self._take is None:
            self._file = NewFile(self._out / _UNDER_WAY, shown=_UNDER_WAY)
            self._take = _into(self._file)
        self._take(data)

    def keep(self, digest: str, name: str) -> bool:
        """Whether it has that digest; then it is called so."""
        if self._file is None or self._file.close() != digest:
            self.give_up()
            return False
        with storage_errors(name):
            (self._out / _UNDER_WAY).rename(self._out / name)
        self._file = None
        return True

    def give_up(self) -> None:
        """What came so far goes again."""
        if self._file is not None:
            self._file.abandon()
            (self._out / _UNDER_WAY).unlink()
            self._file = None


def _into(file: NewFile) -> Callable[[bytes], None]:
    """Appends; what is on the medium is held in memory no more."""

    def take(data: bytes) -> None:
        file.buffer.extend(data)
        if len(file.buffer) >= _BUFFER:
            file.sync()

    return take


def _parts(matches: Sequence[Match]) -> Iterator[Match]:
    """One match for each part that lies in the content; of those without a digest, all."""
    seen = set[str]()
    for match in matches:
        digest = match.provenance.get("part_sha256", "")
        told = bool(digest or match.provenance.get("member"))
        if match.of_part and told and digest not in seen:
            seen.update([digest] if digest else [])
            yield match


def _untold(matches: Sequence[Match]) -> int:
    """How many matches of what lies in the content a bundle does not tell one by one."""
    said = (match.provenance.get("further_matches", "") for match in matches)
    return sum(int(count) - 1 for count in said if count.isascii() and count.isdigit())


def _called(match: Match) -> str:
    return match.provenance.get("member") or match.provenance.get("part", "")


def _wanted(match: Match) -> WantedPart | None:
    """None without a digest to hold it against."""
    said = match.provenance
    size = said.get("part_size") or said.get("part_length", "")
    try:
        digest = bytes.fromhex(said.get("part_sha256", ""))
        if len(digest) != 32 or not size.isdigit():
            return None
        return WantedPart(path=said.get("member", ""), size=int(size), sha256=digest)
    except ValueError:
        return None
