"""RAR 2.9 to 4 with passwords: the archive as it would be without them.

Nothing but its content tells whether a password is right: the file has to come out. What opened one
of them is tried first and not as far on the others. libarchive says itself which it cannot open.
"""

from collections.abc import Iterator

from triage.containers.rar import MARK4
from triage.members.archive_keys import key_4
from triage.members.member import ContainerBytes, DamagedError, LockedError, Opening
from triage.members.patchwork import AesKey, Patch, Patchwork
from triage.members.rar4_headers import (
    FILE,
    HEADERS_ENCRYPTED,
    MAIN,
    THE_END,
    KeyOf,
    Rar4File,
    blocks,
    file_of,
    is_stream,
    plain_file,
    plain_main,
)
from triage.members.unlocked import TrialOpening, UnlockedArchive, enough

TOO_LONG = "old RARs make another key of so long a password"


def unlocked_4(content: ContainerBytes, opening: Opening) -> UnlockedArchive:
    """Raises DamagedError, LockedError where no password opens the headers."""
    return _Opening4(content, opening).made


class _Opening4:
    """One archive."""

    def __init__(self, content: ContainerBytes, opening: Opening) -> None:
        self._content = content
        self._opening = opening
        self._keys: dict[tuple[str, bytes], AesKey | None] = {}
        self._worked: set[int] = set()
        main = next(blocks(content, len(MARK4)), None)
        if main is None or main.kind != MAIN:
            raise DamagedError("it does not begin as an archive does")
        self._main = plain_main(main)
        key_of = self._key_of_headers(main.data_at) if main.flags & HEADERS_ENCRYPTED else None
        self.made = UnlockedArchive(content=Patchwork(content, self._patches(main.data_at, key_of)))

    def _patches(self, at: int, key_of: KeyOf | None) -> Iterator[bytes | Patch]:
        yield MARK4 + self._main
        try:
            for block in blocks(self._content, at, key_of):
                if not self._opening.goes_on():
                    return
                if block.kind == FILE:
                    yield from self._file(file_of(block))
                elif is_stream(block):
                    self._opening.left_closed()
        except DamagedError:
            self.made.broken = True
        yield THE_END

    def _key_of_headers(self, at: int) -> KeyOf:
        for number, word in self._opening.words():
            key_of = self._key_of(word)
            if self._begins(at, key_of):
                self._opening.opens(number)
                return key_of
        raise LockedError

    def _key_of(self, word: str) -> KeyOf:
        def key_of(salt: bytes) -> AesKey:
            key = self._key(word, salt)
            if key is None:
                raise DamagedError(TOO_LONG)
            return key

        return key_of

    def _key(self, word: str, salt: bytes) -> AesKey | None:
        if (word, salt) not in self._keys:
            self._keys[word, salt] = key_4(word, salt)
        return self._keys[word, salt]

    def _begins(self, at: int, key_of: KeyOf) -> bool:
        """Whether there is a header."""
        try:
            return next(blocks(self._content, at, key_of), None) is not None
        except DamagedError:
            return False

    def _file(self, file: Rar4File) -> Iterator[bytes | Patch]:
        key = next(self._right(file), None) if file.salt else None
        if key is not None:
            yield from _opened(file, key)
            return
        yield file.block.header
        yield Patch(file.block.data_at, file.block.data_size)

    def _right(self, file: Rar4File) -> Iterator[AesKey]:
        for number, word in self._opening.words():
            key = self._key(word, file.salt)
            if key is None:
                self._opening.tries.leave(1)
            elif self._comes_out(file, key, worked=number in self._worked):
                self._worked.add(number)
                self._opening.opens(number)
                yield key

    def _comes_out(self, file: Rar4File, key: AesKey, *, worked: bool) -> bool:
        alone = (MARK4 + self._main, *_opened(file, key), THE_END)
        return TrialOpening(
            content=Patchwork(self._content, alone),
            format="rar",
            size=file.size,
            fits=lambda crc: crc == file.crc,
            most=enough(stored=file.is_stored, worked=worked),
            goes_on=self._opening.still_tries,
        ).succeeds()


def _opened(file: Rar4File, key: AesKey) -> Iterator[bytes | Patch]:
    size = file.block.data_size
    # Of what is stored, the bytes that only fill up the last block are no content.
    length = min(size, file.size) if file.is_stored else size
    yield plain_file(file, length)
    yield Patch(file.block.data_at, length, key)
