"""RAR 5 with passwords: the archive as it would be without them.

What is encrypted says by a check of eight bytes whether a password is right; where it does not, the
file has to come out. CRCs are hidden by the password too: they are compared here.
"""

from collections.abc import Iterator

from triage.containers.rar import MARK5
from triage.members.archive_keys import MOST_CYCLES_5, Lock5, hidden_crc
from triage.members.member import ContainerBytes, DamagedError, LockedError, Opening
from triage.members.paged import Paged
from triage.members.patchwork import AesKey, Patch, Patchwork
from triage.members.rar5_headers import (
    ENCRYPTION,
    FILE,
    MAIN,
    THE_END,
    Encryption,
    Rar5Block,
    Rar5File,
    blocks,
    file_of,
    is_stream,
    lock_of_headers,
    packed_length,
    plain_file,
    written,
)
from triage.members.unlocked import Fits, TrialOpening, UnlockedArchive, enough, still_locked


def unlocked_5(content: ContainerBytes, opening: Opening) -> UnlockedArchive:
    """Raises DamagedError, LockedError where no password opens the headers."""
    return _Opening5(content, opening).made


class _Opening5:
    """One archive."""

    def __init__(self, content: ContainerBytes, opening: Opening) -> None:
        self._content = content
        self._opening = opening
        self._main = b""
        self._words: dict[Lock5, str | None] = {}
        self._keys_made: dict[tuple[Lock5, str], tuple[bytes, bytes]] = {}
        self._files = 0
        at, key = len(MARK5), b""
        first = next(blocks(content, at), None)
        if first is not None and first.kind == ENCRYPTION:
            at, key = first.data_at + first.data_size, self._key_of_headers(first)
        self.made = UnlockedArchive(content=Patchwork(content, self._patches(at, key)))

    def _patches(self, at: int, key: bytes) -> Iterator[bytes | Patch]:
        yield MARK5
        try:
            for block in blocks(self._content, at, key):
                if not self._opening.goes_on():
                    return
                if block.kind == MAIN:
                    self._main = written(block._replace(extra=b""))
                    yield self._main
                if block.kind == FILE:
                    yield from self._file(file_of(block))
                elif is_stream(block):
                    self._opening.left_closed()
        except DamagedError:
            self.made.broken = True
        yield THE_END

    def _key_of_headers(self, block: Rar5Block) -> bytes:
        lock, at = lock_of_headers(block), block.data_at + block.data_size
        if lock is None or lock.cycles > MOST_CYCLES_5:
            self._opening.leave_untried()
            raise LockedError
        for number, word in self._opening.words():
            if (not lock.check or lock.fits(word)) and self._begins(at, lock.key(word)):
                self._opening.opens(number)
                return lock.key(word)
        raise LockedError

    def _begins(self, at: int, key: bytes) -> bool:
        """Whether there is a header."""
        try:
            return next(blocks(self._content, at, key), None) is not None
        except DamagedError:
            return False

    def _file(self, file: Rar5File) -> Iterator[bytes | Patch]:
        at, size = file.block.data_at, file.block.data_size
        if not file.is_encrypted and not (file.is_solid and self.made.left):
            self._files += 1
            yield plain_file(file, size)
            yield Patch(at, size)
            return
        word = self._word(file)
        if word is None or file.encryption is None:
            if not file.is_folder:
                self.made.left.append(still_locked(file.name, file.size))
            return
        if (fits := self._fits(file, file.encryption, word)) is not None:
            self.made.sums[self._files] = fits
        self._files += 1
        yield from self._opened(file, file.encryption, word)

    def _opened(self, file: Rar5File, encryption: Encryption, word: str) -> Iterator[bytes | Patch]:
        size = file.block.data_size
        key = AesKey(self._keys(encryption.lock, word)[0], encryption.vector)
        patch = Patch(file.block.data_at, size, key)
        if file.is_stored:
            length = min(size, file.size) if file.size >= 0 else size
        else:
            plain = Paged(Patchwork(self._content, [patch]))
            length = packed_length(plain, size, self._opening.goes_on)
        yield plain_file(file, length)
        yield patch._replace(length=length)

    def _fits(self, file: Rar5File, encryption: Encryption, word: str) -> Fits | None:
        if file.crc is None or not encryption.hides_sums:
            return None
        wanted, mac_key = file.crc, self._keys(encryption.lock, word)[1]
        return lambda crc: hidden_crc(crc, mac_key) == wanted

    def _keys(self, lock: Lock5, word: str) -> tuple[bytes, bytes]:
        if (lock, word) not in self._keys_made:
            self._keys_made[lock, word] = lock.key(word), lock.mac_key(word)
        return self._keys_made[lock, word]

    def _word(self, file: Rar5File) -> str | None:
        """What opens it; none opens what needs another volume, or a file that is still locked."""
        encryption = file.encryption
        if encryption is None or file.is_split or (file.is_solid and self.made.left):
            return None
        lock = encryption.lock
        if lock.cycles > MOST_CYCLES_5 or not (lock.check or file.crc is not None):
            self._opening.leave_untried()
            return None
        if lock not in self._words:
            self._words[lock] = next(self._right(file, encryption), None)
        return self._words[lock]

    def _right(self, file: Rar5File, encryption: Encryption) -> Iterator[str]:
        for number, word in self._opening.words():
            lock = encryption.lock
            if lock.fits(word) if lock.check else self._comes_out(file, encryption, word):
                self._opening.opens(number)
                yield word

    def _comes_out(self, file: Rar5File, encryption: Encryption, word: str) -> bool:
        alone = (MARK5, self._main, *self._opened(file, encryption, word), THE_END)
        fits = self._fits(file, encryption, word) or (lambda crc: crc == file.crc)
        return TrialOpening(
            content=Patchwork(self._content, alone),
            format="rar5",
            size=max(0, file.size),
            fits=fits,
            most=enough(stored=file.is_stored, worked=False),
            goes_on=self._opening.still_tries,
        ).succeeds()
