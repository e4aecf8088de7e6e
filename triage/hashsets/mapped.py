"""A compiled file, mapped: its parts, and whether they are what was written."""

import mmap
import os
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import msgspec
from blake3 import blake3

from triage.errors import HashSetError
from triage.hashsets.layout import BLOCK, PIECES, Header, Section, pieces_of, read_block
from triage.hashsets.pieces import DIGEST, PartPieces, parts_with_pieces

_CHUNK = 1 << 22
_COPY_AGAIN = "Copy it again, or build it again from its source."


class SetFile:
    """Knows where the parts of one file lie, and nothing of what they mean."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        """Give this to worker processes."""
        self.layout, self.sha256 = read_block(descriptor, name)
        self.file_name = name
        self.found_altered = False
        """Whether any part of it that was looked into is not what was written."""
        self._file = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        self._pieces: dict[str, PartPieces] = {}
        self._find_pieces()

    def close(self) -> None:
        """Let go of the file."""
        with suppress(BufferError):  # an array of a part is still in use: it keeps the mapping
            self._file.close()
        os.close(self.descriptor)

    def part(self, name: str) -> memoryview:
        """The bytes of a part, not copied; none if the file has no such part."""
        section = self.layout.section(name)
        if section is None:
            return memoryview(b"")
        return memoryview(self._file)[section.offset : section.offset + section.length]

    def checked(self, name: str) -> bytes:
        """A copy of a part, held against its digest. Raises HashSetError."""
        section, data = self.layout.section(name), bytes(self.part(name))
        if section is None or blake3(data).hexdigest() != section.blake3:
            raise self.altered(name)
        return data

    def header_in(self, about: bytes) -> Header:
        """What the part `about` says, which is sealed in a sealed file. Raises HashSetError."""
        try:
            return msgspec.json.decode(about, type=Header)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self.altered("about") from error

    def verify(self, progress: Callable[[int], None] = lambda done: None) -> None:
        """Read all of it, and hold every part against its digest. Raises HashSetError.

        `progress` is told the bytes of each step.
        """
        for section in self.layout.sections:
            self._verify(section, progress)

    @property
    def in_pieces(self) -> bool:
        """Whether what is looked into is held against digests; not in files of before."""
        return self.layout.section(PIECES) is not None

    def pieces(self, name: str) -> PartPieces:
        """Those of a part, which whoever looks into it has to ask first. Raises HashSetError where
        the file has no such part."""
        pieces = self._pieces.get(name)
        if pieces is None:
            raise self.altered(name)
        return pieces

    def sample(self, count: int) -> None:
        """Hold so many pieces, here and there, against their digests. Raises HashSetError."""
        for pieces in self._pieces.values():
            total = len(pieces.seen)
            for piece in random.SystemRandom().sample(range(total), min(count, total)):
                if self.in_pieces:
                    pieces.check(piece)

    def block(self) -> bytes:
        """The first block, which a signature is of."""
        return self._file[:BLOCK]

    def tail(self, most: int) -> bytes:
        """What follows the last part: a signature, or nothing."""
        end = self.layout.body_end
        return self._file[end : end + most]

    def altered(self, part: str) -> HashSetError:
        """What is to be raised where a part says what no whole file says."""
        self.found_altered = True
        return HashSetError(
            f"{self.file_name} was altered: its part '{part}' is not what was written.",
            hint=_COPY_AGAIN,
        )

    def _find_pieces(self) -> None:
        digests = memoryview(self.checked(PIECES)) if self.in_pieces else None
        at = 0
        for name, offset, length in parts_with_pieces(self.layout):
            size = pieces_of(length) * DIGEST
            own = digests[at : at + size] if digests is not None else None
            self._pieces[name] = PartPieces(
                self._file, (offset, offset + length), own, partial(self.altered, name)
            )
            at += size

    def _verify(self, section: Section, progress: Callable[[int], None]) -> None:
        digest, end = blake3(), section.offset + section.length
        for at in range(section.offset, end, _CHUNK):
            step = min(_CHUNK, end - at)
            digest.update(self._file[at : at + step])
            progress(step)
        if digest.hexdigest() != section.blake3:
            raise self.altered(section.name)
