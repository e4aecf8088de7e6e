"""An envelope is opened, in the lab: hostile until `seek verify` has seen what lies in it.

Anybody can close an envelope for the lab, whose key is public. So names and sizes are held to what
a bundle may have, nothing is written but into a new folder, and whether it is what was signed is
found out as of any other bundle.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from triage.bundle.envelope import age, pieces, tail
from triage.bundle.envelope.age import AgeHeader, ChunkCipher
from triage.bundle.envelope.identities import Identity, file_key
from triage.bundle.format import layout
from triage.errors import BundleError, VerificationError

_ENCRYPTED = age.CHUNK + age.TAG
_LONGEST_TAIL = age.LONGEST_HEADER + 2 * _ENCRYPTED
_MOST_MEMBERS = 4_000_000
_HINT = "Keep it as it is, and ask for the stick it came from."


class EnclosedPart(NamedTuple):
    """Some of a file in an envelope."""

    name: str
    content: bytes
    begins: bool
    """It is the first of that file."""


@dataclass(slots=True, kw_only=True)
class EnvelopeOpened:
    """What is known of an envelope once all of it was read."""

    bundle: str = ""
    """The name of the bundle's folder."""
    finished: bool = False
    """Its end is there: nothing was cut off."""
    members: int = 0
    lost_bytes: int = 0
    """Of what was begun at its end and is not whole."""


class EnvelopeReader:
    """Gives what lies in an envelope. Raises BundleError where there is none, or none for the key,
    VerificationError where it was altered."""

    def __init__(self, folder: Path, identities: Sequence[Identity]) -> None:
        """Nothing but the header is read."""
        if not layout.is_envelope(folder):
            raise BundleError(
                f"{folder} is no envelope: {layout.ENVELOPE} is not in it.",
                hint="Name the folder envelope-UTC, as the scan left it.",
            )
        self._folder = folder
        self._identities = identities
        self._file = _plain_file(folder / layout.ENVELOPE)
        self.told = EnvelopeOpened()
        try:
            self._cipher, self._begin = self._head(self._file)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def parts(self) -> Iterator[EnclosedPart]:
        """All files, some of each at a time; `told` is whole when they have come to their end."""
        stream = _Stream(self._plain())
        told = self.told
        last: dict[str, int] = {}
        while (block := stream.take(pieces.BLOCK)) is not None:
            if block == bytes(pieces.BLOCK):
                if stream.take(pieces.BLOCK) != block or stream.take(1) is not None:
                    raise VerificationError("something follows the end of what lies in it")
                return
            bundle, member, size = pieces.parsed(block)
            name, piece = pieces.file_of(member)
            told.bundle = told.bundle or bundle
            if bundle != told.bundle or piece != (last.get(name, 0) + 1 if piece else 0):
                raise VerificationError("its pieces are not in their order")
            if size > (layout.longest(name) or 0) or (name in last and not piece):
                raise VerificationError(f"{name} lies in it twice, or is longer than it may be")
            content = stream.take(size + len(pieces.padding(size)))
            if content is None:
                break
            begins, last[name] = name not in last, piece
            told.members += 1
            if told.members > _MOST_MEMBERS:
                raise VerificationError("it holds more pieces than any bundle")
            yield EnclosedPart(name=name, content=content[:size], begins=begins)
        if told.finished:
            raise VerificationError("what lies in it ends early")
        told.lost_bytes += stream.left

    def _head(self, file: BinaryIO) -> tuple[ChunkCipher, int]:
        head = os.pread(file.fileno(), age.LONGEST_HEADER + age.NONCE, 0)
        header = AgeHeader(head)
        nonce = head[header.size : header.size + age.NONCE]
        return ChunkCipher(file_key(self._identities, header), nonce), header.size + age.NONCE

    def _plain(self) -> Iterator[bytes]:
        """Whole chunks; then the last one, or what a tail has in its place."""
        number, at = 0, self._begin
        while data := os.pread(self._file.fileno(), _ENCRYPTED, at):
            plain = self._cipher.decrypt(number, data) if len(data) == _ENCRYPTED else None
            if plain is None:
                break
            yield plain
            number, at = number + 1, at + _ENCRYPTED
        else:
            data = b""
        size = os.fstat(self._file.fileno()).st_size
        last = self._cipher.decrypt(number, data, last=True) if data else None
        if last is not None and at + len(data) == size:
            self.told.finished = True
            yield last
            return
        if (self._folder / layout.ENVELOPE_SAYS).exists():
            raise VerificationError("it was finished, and has been altered or cut short since")
        yield self._tail_after(number)

    def _tail_after(self, chunks: int) -> bytes:
        """Of the tails that go on from there, the longest."""
        found = [self._read_tail(self._folder / name) for name in layout.TAILS]
        return max((plain for at, plain in found if at == chunks), key=len, default=b"")

    def _read_tail(self, path: Path) -> tuple[int, bytes]:
        """After how many chunks, and what; after -1: it cannot be read, as it was being written."""
        try:
            with _plain_file(path) as file:
                content = file.read(_LONGEST_TAIL)
                cipher, begin = self._head(file)
        except BundleError:
            return -1, b""
        plain, number = b"", 0
        while begin < len(content):
            data = content[begin : begin + _ENCRYPTED]
            begin += _ENCRYPTED
            part = cipher.decrypt(number, data, last=begin >= len(content))
            if part is None:
                return -1, b""
            plain, number = plain + part, number + 1
        return tail.decode(plain) if len(plain) >= 8 else (-1, b"")


class _Stream:
    """Bytes that come in chunks, taken as they are needed."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = bytearray()

    @property
    def left(self) -> int:
        """What was there and was not enough."""
        return len(self._held)

    def take(self, size: int) -> bytes | None:
        """So many bytes; None if there are fewer."""
        while len(self._held) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                return None
            self._held += chunk
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken


def _plain_file(path: Path) -> BinaryIO:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.fdopen(os.open(path, flags), "rb")
    except OSError as error:
        raise BundleError(
            f"{path.name} cannot be opened: {os.strerror(error.errno or 0)}.", hint=_HINT
        ) from error
