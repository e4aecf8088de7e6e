"""7z with passwords: the archive as it would be without them.

Nothing but checksums tells whether a password is right: of a header, or of a folder's first member.
What opened one folder is believed of the others, as long as what is packed begins as it should.
"""

import lzma
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from zlib import crc32

from triage.containers.probe import number as field
from triage.containers.seven_zip import unpacked
from triage.members.archive_keys import MOST_CYCLES_7Z, NO_HASH_7Z, key_7z
from triage.members.member import (
    ContainerBytes,
    DamagedError,
    LockedError,
    Member,
    Opening,
)
from triage.members.patchwork import AesKey, Patch, Patchwork
from triage.members.seven_zip_headers import (
    ENCODED_HEADER,
    LZMAS,
    START,
    MemberStream,
    OpenedStream,
    PackedFolder,
    PackedStreams,
    alone,
    header_of,
    start_of,
    streams_of,
    without,
    without_aes,
)
from triage.members.unlocked import TrialOpening, UnlockedArchive, enough, still_locked

_MOST_HEADER = 32 * 1024 * 1024
"""Bytes, packed or not: a hundred for each of many more members than are taken out."""
_DEEPEST = 4
"""A header may be packed more than once; nobody does so."""
_BEGINNING = 4096
NO_HEADER = "its header does not hold together"

_Opened = tuple[PackedFolder, tuple[Patch, ...]]


def unlocked_7z(content: ContainerBytes, opening: Opening) -> UnlockedArchive:
    """Raises DamagedError, LockedError where no password opens the header."""
    try:
        return _Opening7z(content, opening).made()
    except (ValueError, lzma.LZMAError) as error:
        raise DamagedError(NO_HEADER) from error


class _Opening7z:
    """One archive."""

    def __init__(self, content: ContainerBytes, opening: Opening) -> None:
        self._content = content
        self._opening = opening
        self._keys: dict[tuple[str, int, bytes], bytes] = {}
        self._worked: set[int] = set()

    def made(self) -> UnlockedArchive:
        """With a header of its own at the end."""
        streams = streams_of(self._header())
        if streams is None:
            return UnlockedArchive(content=self._content)
        folders: list[PackedFolder] = []
        patches: list[Patch] = []
        locked: set[int] = set()
        for folder, members, packed in self._packed(streams):
            opened: _Opened | None = folder, packed
            if folder.is_encrypted:
                opened = self._folder(folder, members, packed)
            if opened is None:
                locked.add(len(folders))
            folders.append(opened[0] if opened else folder)
            patches += opened[1] if opened else ()
        sizes = tuple(patch.length for patch in patches)
        plain = without(replace(streams, folders=tuple(folders), sizes=sizes), locked)
        header = header_of(plain) if plain.folders else b""
        return UnlockedArchive(
            content=Patchwork(self._content, (start_of(header, sum(sizes)), *patches, header)),
            left=_left(streams, locked),
        )

    def _header(self) -> bytes:
        """As it is once nothing of it is packed."""
        start = self._content.read_at(0, START)
        at, size = field(start, 12, 8), field(start, 20, 8)
        if size > _MOST_HEADER:
            raise DamagedError(NO_HEADER)
        header = self._content.read_at(START + at, size)
        for _ in range(_DEEPEST):
            if header[:1] != bytes([ENCODED_HEADER]):
                return header
            streams = streams_of(header)
            if streams is None or len(streams.folders) != 1:
                break
            header = self._unpacked(*next(self._packed(streams)))
        raise DamagedError(NO_HEADER)

    def _packed(
        self, streams: PackedStreams
    ) -> Iterator[tuple[PackedFolder, tuple[MemberStream, ...], tuple[Patch, ...]]]:
        """Each folder, and where its streams are."""
        at, sizes = START + streams.at, iter(streams.sizes)
        for folder, members in zip(streams.folders, streams.members, strict=True):
            patches = []
            for _ in folder.packed:
                patches.append(Patch(at, next(sizes)))
                at += patches[-1].length
            if at > self._content.size:
                raise ValueError("more is packed than there is")
            yield folder, members, tuple(patches)

    def _unpacked(
        self, folder: PackedFolder, members: tuple[MemberStream, ...], packed: tuple[Patch, ...]
    ) -> bytes:
        """A header out of the folder in which it is packed."""
        if not folder.is_encrypted:
            return self._decoded(folder, packed)
        for number, plain, patches in self._tried(folder, packed):
            with suppress(ValueError, lzma.LZMAError):
                header = self._decoded(plain, patches)
                if [crc32(header)] == [member.crc for member in members]:
                    self._opens(number)
                    return header
        raise LockedError

    def _decoded(self, folder: PackedFolder, patches: tuple[Patch, ...]) -> bytes:
        """Raises ValueError, lzma.LZMAError."""
        if len(folder.coders) != 1 or len(patches) != 1:
            raise ValueError("a header in more than one piece, or packed more than once")
        coder = folder.coders[0]
        data = Patchwork(self._content, patches).read_at(0, _MOST_HEADER)
        return unpacked(coder.method, coder.properties, data, min(folder.size, _MOST_HEADER))

    def _folder(
        self, folder: PackedFolder, members: tuple[MemberStream, ...], packed: tuple[Patch, ...]
    ) -> _Opened | None:
        """None of what no password opens."""
        # What is empty has the same checksum whatever the password.
        size, crc = next((each for each in members if each.size), (0, None))
        if crc is None:
            self._opening.leave_untried()
            return None
        for number, plain, patches in self._tried(folder, packed):
            if number in self._worked:
                right = self._begins(plain, patches)
            else:
                right = self._comes_out(plain, patches, size, crc)
            if right:
                self._opens(number)
                return plain, patches
        return None

    def _opens(self, number: int) -> None:
        self._worked.add(number)
        self._opening.opens(number)

    def _tried(
        self, folder: PackedFolder, packed: tuple[Patch, ...]
    ) -> Iterator[tuple[int, PackedFolder, tuple[Patch, ...]]]:
        """By each password, as if it were the right one."""
        without = without_aes(folder)
        if without is None or any(_takes_too_long(each) for each in without[1]):
            self._opening.leave_untried()
            return
        plain, opened = without
        for number, word in self._opening.words():
            patches = list(packed)
            for each in opened:
                key = AesKey(self._key(word, each), each.aes.vector)
                at, length, _ = packed[each.place]
                patches[each.place] = Patch(at, min(length, each.size), key)
            yield number, plain, tuple(patches)

    def _key(self, word: str, stream: OpenedStream) -> bytes:
        by = (word, stream.aes.cycles, stream.aes.salt)
        if by not in self._keys:
            self._keys[by] = key_7z(word, stream.aes.salt, stream.aes.cycles)
        return self._keys[by]

    def _begins(self, folder: PackedFolder, patches: tuple[Patch, ...]) -> bool:
        """Whether what is packed can be unpacked a little, where that is quickly seen."""
        coder = folder.first
        if len(patches) != 1 or coder.method not in LZMAS:
            return True
        data = Patchwork(self._content, patches).read_at(0, _BEGINNING)
        try:
            return bool(unpacked(coder.method, coder.properties, data, _BEGINNING))
        except (ValueError, lzma.LZMAError):
            return False

    def _comes_out(
        self, folder: PackedFolder, patches: tuple[Patch, ...], size: int, crc: int
    ) -> bool:
        sizes = tuple(patch.length for patch in patches)
        header = header_of(alone(folder, sizes))
        return TrialOpening(
            content=Patchwork(self._content, (start_of(header, sum(sizes)), *patches, header)),
            format="7zip",
            size=size,
            fits=lambda came: came == crc,
            most=enough(stored=folder.is_stored, worked=False),
            goes_on=self._opening.still_tries,
        ).succeeds()


def _left(streams: PackedStreams, locked: set[int]) -> list[Member]:
    """What lies in folders that stay locked, whether it has a name or not; of one that no file is
    said to lie in, its members all the same."""
    names = iter(streams.names())
    named = [(folder, next(names, "")) for folder in streams.files]
    left = [name for folder, name in named if folder in locked]
    for folder in locked.difference(streams.files):
        left += [""] * len(streams.members[folder])
    return [still_locked(name, -1) for name in left]


def _takes_too_long(stream: OpenedStream) -> bool:
    return MOST_CYCLES_7Z < stream.aes.cycles != NO_HASH_7Z
