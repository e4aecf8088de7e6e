"""Images of disks that lie about as files: virtual machines, copies of sticks, backups of disks.

They are read as a device is, by the layers and trees of `sources`: what they hold are the files of
all volumes that can be read. What somebody is likely to look for comes first, for the budget of a
container is no machine's.
"""

from collections.abc import Callable, Iterator
from functools import partial

from triage.containers.kinds import kind_by_name
from triage.errors import SourceError
from triage.evidence import EntryKind, FileEntry, Hindrance, Storage, Volume, VolumeState
from triage.families import family
from triage.members.member import (
    MOST_AT_ONCE,
    ContainerBytes,
    DamagedError,
    LockedError,
    Member,
    Opening,
)
from triage.profile import Family
from triage.sources import ContentError, Source
from triage.sources.contained import ContainedBytes
from triage.sources.layers import LAYERS

KINDS = frozenset({"disk image", "vhd", "vhdx", "vmdk", "vdi", "qcow2", "ewf", "luks", "dmg"})
TELLS_LOCKED = True

CUT_OFF = "a volume in it does not hold together"
MOST_WAITING = 50_000
"""Files that nobody is likely to look for, kept until the others have come."""
MOST_ENTRIES = 2_000_000
SECTOR = 512
_LIKELY = frozenset({Family.PICTURES, Family.VIDEOS, Family.ARCHIVES})
_LATER = frozenset({
    "windows", "program files", "program files (x86)", "programdata", "usr", "lib", "bin", "boot",
    "opt", "etc", "system", "library", "applications", "$recycle.bin", "system volume information",
})  # fmt: skip
"""Folders of the root in which mostly programs lie: these are walked behind the others."""
_IMAGES = frozenset(each.name for each in LAYERS if each.image)
_IN_PLACE = frozenset({"journal", "backup"})
"""Layers that leave everything where it was."""
_LOCKED = frozenset({Hindrance.EFS, Hindrance.FSCRYPT})
_NOT_READ = frozenset({VolumeState.UNSUPPORTED, VolumeState.UNRECOGNISED})


def make_ready() -> bool:
    """What reads volumes is loaded by whoever reads those of devices."""
    return True


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """See `member.Opener`."""
    held = ContainedBytes(content)
    volumes = _listed(held)
    readable = [each for each in volumes.volumes if each.state is VolumeState.READABLE]
    locked = [each for each in volumes.volumes if each.state is VolumeState.ENCRYPTED]
    if locked and not readable and len(locked) == len(_telling(volumes.volumes)):
        raise LockedError
    for volume in locked:
        name = f"{_place(volume, volumes.volumes)}: {volume.file_system}"
        yield Member(name=name, locked=True, chunks=lambda: iter(()))
    for volume in volumes.volumes:
        if volume.state in _NOT_READ:
            opening.left_closed()
    broken = any(each.state is VolumeState.DAMAGED for each in volumes.volumes)
    for volume in readable:
        before = (
            ""
            if len(readable) == 1 and not volume.offset
            else f"{_place(volume, volumes.volumes)}/"
        )
        files = _Files(volumes, held, volume, before)
        yield from files.members(opening.goes_on)
        broken |= files.broken
        if not opening.goes_on():
            return
    if held.failed is not None:
        raise held.failed
    if broken:
        raise DamagedError(CUT_OFF)


def _listed(held: ContainedBytes) -> Source:
    try:
        return Source.contained(held)
    except SourceError as error:
        raise DamagedError(CUT_OFF) from error


def _telling(volumes: list[Volume]) -> list[Volume]:
    """Those that hold something."""
    nothing = (VolumeState.EMPTY, VolumeState.UNCLAIMED, VolumeState.NO_FILES)
    return [each for each in volumes if each.state not in (*nothing, VolumeState.CONTAINER)]


def _place(volume: Volume, volumes: list[Volume]) -> str:
    """Where it lies in the image, as tools that read images want it told; and in which layers that
    make other bytes of it."""
    at, inside = volume.offset, ""
    while volume.inside and volume.layer.partition(" ")[0] not in _IMAGES:
        if volume.layer not in _IN_PLACE:
            inside += f", in {volume.layer}"
            at = 0
        volume = next(each for each in volumes if each.id == volume.inside)
        at += volume.offset
    return f"sector {at // SECTOR}{inside}"


class _Files:
    """The files of one volume."""

    def __init__(self, source: Source, held: ContainedBytes, volume: Volume, before: str) -> None:
        """`before`: what their paths begin with."""
        self._source, self._held, self._volume, self._before = source, held, volume, before
        self.broken = False

    def members(self, goes_on: Callable[[], bool]) -> Iterator[Member]:
        """First what is likely to be looked for, by its name."""
        waiting: list[FileEntry] = []
        try:
            walk = self._source.walk(
                self._volume, orphan_cap=0, most_entries=MOST_ENTRIES, turn_of=_turn_of
            )
            for count, entry in enumerate(walk):
                if not count % 64 and not goes_on():
                    return
                if not _is_file(entry):
                    continue
                if _is_likely(entry) or len(waiting) >= MOST_WAITING:
                    yield self._member(entry)
                else:
                    waiting.append(entry)
            self.broken = bool(walk.caps)
        except (SourceError, ContentError):
            self.broken = True
        yield from map(self._member, waiting)

    def _member(self, entry: FileEntry) -> Member:
        return Member(
            name=self._before + entry.shown_path,
            size=entry.size,
            locked=entry.hindrance in _LOCKED,
            chunks=partial(self._chunks, entry),
        )

    def _chunks(self, entry: FileEntry) -> Iterator[bytes]:
        try:
            for piece in self._source.content(entry).chunks(MOST_AT_ONCE):
                yield bytes(piece)
        except ContentError as error:
            if self._held.failed is not None:
                raise
            raise DamagedError(error.reason) from error


def _is_file(entry: FileEntry) -> bool:
    """Whether it has content that is its own; of what was given up only what is known to be all
    there."""
    if entry.kind is not EntryKind.FILE or not entry.size or entry.storage is Storage.NONE:
        return False
    if entry.hindrance is not Hindrance.NONE and entry.hindrance not in _LOCKED:
        return False
    given_up = entry.storage is Storage.RUNS and not entry.allocated_name
    return entry.allocated or (given_up and not entry.allocated_meta)


def _is_likely(entry: FileEntry) -> bool:
    return family("", entry.path) in _LIKELY or bool(kind_by_name(entry.path))


def _turn_of(folder: str) -> int:
    return 1 if folder.partition("/")[0].lower() in _LATER else 0
