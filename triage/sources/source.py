"""One opened source, of whatever kind: its volumes, their entries, and the entries' content."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from triage.devices.opening import sizes_of
from triage.errors import SourceError
from triage.evidence import Device, FileEntry, Run, SourceKind, Storage, Volume, VolumeState
from triage.sources.arrays import OF_ITSELF, Joined, Made, OnAnotherDevice
from triage.sources.bytes import Bytes, stretch_of
from triage.sources.directories import FolderTree
from triage.sources.layers import Layer, plain_bytes, seen_by
from triage.sources.presence import Presence
from triage.sources.reader import READ_FAILED, TOO_SHORT, ContentError, Reader
from triage.sources.runs import RunsContent
from triage.sources.stack import list_volumes
from triage.sources.tree import Content, Tree, TreeWalk
from triage.sources.trees import open_tree
from triage.sources.volumes import folder_volume

NO_BYTES = "there is no content"
STEP = 64 * 1024
MOST_BAD = 64
"""Failed pieces of one entry, from which on the rest is not tried."""


class Source:
    """A device, image or folder behind descriptors that are already open.

    A worker makes one from what it inherited: the device, the descriptors and the volumes that
    were listed before. Nothing is opened by it, save files below a folder's own descriptor. Layers
    and trees are opened when the first entry in them is asked for.
    """

    def __init__(
        self,
        device: Device,
        fds: Sequence[int],
        volumes: Sequence[Volume] | None = None,
        *,
        layers: bool = True,
        keys: Mapping[str, bytes] | None = None,
        beside: "Mapping[str, Source] | None" = None,
    ) -> None:
        """`fds` as `open_read_only` gave them. Without `volumes` they are listed now, with those
        inside `layers`; with them, those that one lies inside of are there too. `keys`: of
        encrypted volumes, by their ids. `beside`: by device, the sources on which other members of
        arrays lie, this one among them; it may still be filled."""
        self._begin(device, keys, beside)
        self.descriptor = fds[0] if len(fds) == 1 else -1
        """The one that holds all of the device's bytes, each in its place; -1: there is none."""
        if device.kind is SourceKind.DIRECTORY:
            self.volumes = [folder_volume(device)]
            self._trees[self.volumes[0].id] = FolderTree(fds[0], self.volumes[0])
            self.descriptor = -1
            return
        self._whole: Bytes = Reader(
            fds, sizes_of(tuple(fds)), sector_size=device.sector_size, serial=device.serial
        )
        self.volumes = list(volumes or ())
        if volumes is None:
            self.volumes = self.listed(layers=layers)

    def listed(self, *, layers: bool = True) -> list[Volume]:
        """The device's volumes as they are listed now, with those inside `layers`; members of
        arrays are looked for among those that are known."""
        if self.device.kind is SourceKind.DIRECTORY:
            return self.volumes
        return list_volumes(self._whole, self.device, self._array, layers=layers, keys=self._keys)

    def _array(self, layer: Layer, volume: Volume, held: Bytes) -> Joined:
        """Of which the volume that holds those bytes is a part. Raises ContentError.

        Its members come in the order of their devices, whoever asks: all find the same home."""
        beside = sorted(self._beside.items(), key=lambda each: (len(each[0]), each[0]))
        members = [
            (each.id, found)
            for _, source in beside
            for each in source.parts_of(volume.part_of)
            if (found := held if each.id == volume.id else self._held_by(source, each))
        ]
        if volume.id not in dict(members):
            members = [(volume.id, held)]
        return seen_by(layer, volume.id, members, self._joined)

    def parts_of(self, array: str) -> list[Volume]:
        """Those of its volumes that are members, but for what lies in the array itself."""
        if not array:
            return []
        members = [each for each in self.volumes if each.part_of == array]
        ids = {each.id for each in members}
        return [each for each in members if not ids.intersection(_outside(each.id))]

    def _held_by(self, source: "Source", member: Volume) -> Bytes | None:
        """None where it cannot be read: then it is missing."""
        try:
            held = source.bytes_of(member.id)
        except (ContentError, KeyError):
            return None
        return held if source is self else OnAnotherDevice(held)

    @classmethod
    def contained(cls, whole: Bytes) -> "Source":
        """Of an image whose bytes lie in a file: its volumes are listed now."""
        source = cls.__new__(cls)
        source._begin(Device(id="i", kind=SourceKind.IMAGE, path="", size=whole.size), None)
        source.descriptor = -1
        source._whole = whole
        source.volumes = []
        source.volumes = source.listed()
        return source

    def _begin(
        self,
        device: Device,
        keys: Mapping[str, bytes] | None,
        beside: "Mapping[str, Source] | None" = None,
    ) -> None:
        self.device = device
        self._keys = keys or {}
        self._beside = {device.id: self} if beside is None else beside
        self._being_opened: set[tuple[str, str]] = set()
        self._joined: Made = {}
        self._by_id: dict[str, Volume] = {}
        self.presence = Presence(self._tree)
        self._bytes: dict[str, Bytes] = {}
        self._layers: dict[tuple[str, str], Bytes] = {}
        self._trees: dict[str, Tree] = {}

    def bytes_of(self, volume_id: str) -> Bytes:
        """A volume's own run of bytes. Raises ContentError if a layer above it does not open, and
        KeyError if there is no such volume or it has no bytes."""
        held = self._bytes.get(volume_id)
        if held is None:
            volume = self._volume(volume_id)
            if self.device.kind is SourceKind.DIRECTORY:
                raise KeyError(volume_id)
            whole = self._plain(volume) if volume.inside else self._whole
            held = self._bytes[volume_id] = stretch_of(whole, volume.offset, volume.size)
        return held

    def _plain(self, volume: Volume) -> Bytes:
        """What the layer that it lies in gives."""
        key = volume.inside, volume.layer
        if key not in self._layers:
            if key in self._being_opened:
                raise ContentError(OF_ITSELF)
            outer, held = self._volume(volume.inside), self.bytes_of(volume.inside)
            self._being_opened.add(key)
            try:
                self._layers[key] = plain_bytes(
                    volume,
                    held,
                    lambda layer: self._array(layer, outer, held),
                    self.device.size,
                    self._keys.get(outer.id, b""),
                )
            finally:
                self._being_opened.discard(key)
        return self._layers[key]

    def _volume(self, volume_id: str) -> Volume:
        if len(self._by_id) != len(self.volumes):
            self._by_id = {volume.id: volume for volume in self.volumes}
        return self._by_id[volume_id]

    def _tree(self, volume_id: str) -> Tree:
        """Raises SourceError, ContentError, KeyError."""
        tree = self._trees.get(volume_id)
        if tree is None:
            held = self.bytes_of(volume_id)
            tree = self._trees[volume_id] = open_tree(held, self._volume(volume_id))
        return tree

    def walk(self, volume: Volume, *, first_id: int = 0, **options: Any) -> TreeWalk:
        """The entries of a readable volume; `options` as for `Walk`. Raises SourceError."""
        if volume.state is not VolumeState.READABLE:
            raise SourceError(
                f"Volume {volume.id} is {volume.state}: {volume.reason}.",
                hint="Only readable volumes have files that can be listed.",
            )
        try:
            return self._tree(volume.id).walk(first_id, **options)
        except ContentError as error:
            raise SourceError(
                f"Volume {volume.id} cannot be read: {error.reason}.",
                hint="Check cable and power; if that is no help, the lab can image it.",
            ) from error

    def places(self, volume: Volume) -> Callable[[FileEntry], int]:
        """What tells where the content of that volume's entries begins, for the order in which they
        are read: on the device, or, where that cannot be said, in the volume; -1: nowhere."""
        if self.device.kind is SourceKind.DIRECTORY:
            return lambda _: -1
        below = self.bytes_of(volume.id).below

        def place(entry: FileEntry) -> int:
            for run in entry.runs:
                offset = run.offset
                if offset >= 0:
                    there = below(offset, 1)
                    return offset if there is None else there
            return -1

        return place

    def content(self, entry: FileEntry) -> Content:
        """The entry's bytes, read the fastest way that is exact. Raises ContentError."""
        if entry.storage is Storage.NONE:
            raise ContentError(NO_BYTES)
        if entry.storage is Storage.RUNS:
            return RunsContent(self.bytes_of(entry.volume_id), entry.runs, entry.size)
        return self._asked(entry).content(entry)

    def reread(self, entry: FileEntry) -> Content:
        """The same bytes, by another way wherever its tree has one. Raises ContentError."""
        if entry.storage is Storage.NONE:
            raise ContentError(NO_BYTES)
        return self._asked(entry).reread(entry) or self.content(entry)

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """The file of that name in the entry's folder, if it holds at most so many bytes.

        Raises ContentError where there is none, or it cannot be read.
        """
        return self._asked(entry).beside(entry, name, most)

    def _asked(self, entry: FileEntry) -> Tree:
        """Its tree. Raises ContentError."""
        try:
            return self._tree(entry.volume_id)
        except SourceError as error:
            raise ContentError(error.message) from error

    def salvaged(self, entry: FileEntry) -> tuple[bytes, tuple[Run, ...]]:
        """All bytes, tried small round bad sectors: zeros where they fail, and where in the volume
        that is.

        Few pieces are tried once many have failed: a dying device takes seconds for each. Raises
        ContentError where the content does not lie in plain runs.
        """
        if entry.storage is not Storage.RUNS:
            raise ContentError(READ_FAILED)
        held = self.bytes_of(entry.volume_id)
        content, bad = bytearray(), list[Run]()
        for run in entry.runs:
            if run.offset < 0:
                content += bytes(run.length)
                continue
            for at in range(run.offset, run.offset + run.length, STEP):
                length = min(STEP, run.offset + run.length - at)
                if len(bad) >= MOST_BAD:
                    content += bytes(length)
                    bad.append(Run(at, length))
                    continue
                data, failed = held.salvage(at, length)
                content += data
                bad += [Run(first, last - first + 1) for first, last in failed]
        return bytes(content), tuple(bad)

    def small(self, entry: FileEntry) -> bytes:
        """All bytes of a small entry, by one read where it lies in one run. Raises ContentError."""
        if len(entry.runs) == 1 and entry.runs[0].offset >= 0:
            held = self._bytes.get(entry.volume_id) or self.bytes_of(entry.volume_id)
            data = held.read_at(entry.runs[0].offset, entry.size)
            if len(data) != entry.size:
                raise ContentError(TOO_SHORT)
            return data
        return self.content(entry).read_at(0, entry.size)


def _outside(volume_id: str) -> list[str]:
    """Ids of those that it lies inside of: `d0v1` and `d0v1.1` of `d0v1.1.2`."""
    names = volume_id.split(".")
    return [".".join(names[:deep]) for deep in range(1, len(names))]
