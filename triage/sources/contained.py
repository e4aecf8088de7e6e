"""A file's content as the bytes of a device: an image of a disk that lies about on another."""

from typing import Protocol

from triage.sources.bytes import MadeBytes
from triage.sources.reader import TOO_SHORT, ContentError


class FileBytes(Protocol):
    """What a file holds; reading raises ContentError, and nothing else."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end."""
        ...


class ContainedBytes(MadeBytes):
    """Remembers whether the file itself could not be read: what lies in it is not damaged then."""

    def __init__(self, content: FileBytes) -> None:
        """`content` of the whole image."""
        self._content = content
        self.size = content.size
        self.failed: ContentError | None = None

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        try:
            data = self._content.read_at(offset, length)
            if len(data) != length:
                raise ContentError(TOO_SHORT)
        except ContentError as error:
            self.failed = self.failed or error
            raise
        return data
