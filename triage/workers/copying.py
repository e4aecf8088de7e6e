"""Copying: what an entry holds is handed over as it is, for the lab to keep, and so is what lies in
it. Nothing is decoded."""

from collections.abc import Iterator

from triage.errors import WorkerError
from triage.evidence import FileEntry
from triage.sources import Content, ContentError, Source
from triage.wire.messages import (
    COPY_BYTES,
    Copied,
    Copy,
    CopyParts,
    NextBytes,
    Reply,
    Request,
    Setup,
    UseVolumes,
)
from triage.wire.volume_keys import read_keys
from triage.workers import parts_again
from triage.workers.opened import sources_of


class CopyTasks:
    """Answers Copy and CopyParts for entries of the volumes that it was told of."""

    def __init__(self, setup: Setup) -> None:
        parts_again.make_ready()
        self._devices = setup.devices
        self._keys = setup.keys
        self._passwords = setup.passwords
        self._sources: dict[str, Source] = {}

    def begin(self) -> None:
        """There is nothing to open."""

    def answer(self, request: Request) -> Iterator[Reply]:
        """The pieces of an entry, and that they are all."""
        match request:
            case UseVolumes(volumes=volumes):
                self._sources |= sources_of(self._devices, volumes, read_keys(self._keys))
            case Copy(entry=entry):
                yield from self._copied(entry, again=request.again)
            case CopyParts():
                yield from self._parts_copied(request)
            case _:
                raise WorkerError(f"A copier cannot do {type(request).__name__}")

    def _copied(self, entry: FileEntry, *, again: bool) -> Iterator[Reply]:
        trouble = ""
        try:
            for chunk in self._content(entry, again=again).chunks(COPY_BYTES):
                yield NextBytes(data=bytes(chunk))
        except ContentError as error:
            trouble = error.reason
        yield Copied(entry_id=entry.id, trouble=trouble)

    def _parts_copied(self, wanted: CopyParts) -> Iterator[Reply]:
        entry = wanted.entry
        try:
            content = self._content(entry, again=wanted.again)
        except ContentError as error:
            yield Copied(entry_id=entry.id, trouble=error.reason)
            return
        source = self._sources[entry.volume_id]
        again = parts_again.PartsAgain(source, content, wanted, self._passwords)
        yield from again.found()
        yield Copied(entry_id=entry.id, trouble=again.trouble)

    def _content(self, entry: FileEntry, *, again: bool) -> Content:
        """Of an entry whose runs a bundle keeps only in part its file system is asked."""
        source = self._sources[entry.volume_id]
        return source.reread(entry) if again or entry.runs_left_out else source.content(entry)
