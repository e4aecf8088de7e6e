"""A container's bytes as a file object that can be read and sought, for libraries that want one."""

import io
import os
from typing import Any

from triage.members.member import ContainerBytes


class ReadAsFile(io.RawIOBase):
    """Reads only; what reading raises comes through."""

    def __init__(self, content: ContainerBytes) -> None:
        """`content` is read as it is asked for."""
        super().__init__()
        self._content = content
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Raises ValueError for a place before the beginning."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._content.size}[whence]
        if begin + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = begin + offset
        return self._at

    def tell(self) -> int:
        """Bytes from the beginning."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """As many bytes as there are, at most as many as fit."""
        into = memoryview(buffer).cast("B")
        data = self._content.read_at(self._at, len(into))
        into[: len(data)] = data
        self._at += len(data)
        return len(data)
