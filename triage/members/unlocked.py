"""What becomes of an encrypted archive of which passwords open all or a part: libarchive, which
opens none of them, is given the same archive as it would be without encryption."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

from triage.members.libarchive import ArchiveFaultError, ArchiveReading
from triage.members.member import ContainerBytes, LockedError, Member

_MOST_TRIED = 16 * 1024 * 1024
"""Bytes that come out before a password is taken for the right one: of what is compressed, noise
does not get so far."""
_SOON_TRIED = 64 * 1024
"""The same of a password that opened something else in the archive."""

Fits = Callable[[int], bool]
"""Whether a CRC-32 is that of what was put in."""


@dataclass(slots=True, kw_only=True)
class UnlockedArchive:
    """The archive without the encryption that was opened. It is made as it is read, and so is what
    is told of it: whatever has come in the content is in the other fields."""

    content: ContainerBytes
    left: list[Member] = field(default_factory=list)
    """Members that no password opened, where the content has them no more."""
    sums: dict[int, Fits] = field(default_factory=dict)
    """By its place among all entries, of a member whose checksum is hidden by the password."""
    broken: bool = False
    """Further on its headers make no sense."""


def enough(*, stored: bool, worked: bool) -> float:
    """How many bytes that come out are enough to take a password for the right one; it may have
    opened something else in the archive. Of what is only stored noise comes out as well."""
    if worked:
        return _SOON_TRIED
    return float("inf") if stored else _MOST_TRIED


def still_locked(name: str, size: int) -> Member:
    """A member that no password opened."""

    def chunks() -> Iterator[bytes]:
        raise LockedError

    return Member(name=name, size=size, locked=True, chunks=chunks)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOpening:
    """The first entry of an archive, by which a password is told to be right."""

    content: ContainerBytes
    format: str
    size: int
    """Bytes of it that have the checksum."""
    fits: Fits
    most: float
    """As many that came out are enough."""
    goes_on: Callable[[], bool]

    def succeeds(self) -> bool:
        """Whether it comes out as it was put in, or as far as is tried."""
        crc = came = 0
        try:
            with ArchiveReading(self.content, (self.format,)) as reading:
                entry = reading.next()
                if entry is None or entry.locked:
                    return False
                for chunk in reading.chunks():
                    crc = crc32(chunk[: self.size - came], crc)
                    came += len(chunk)
                    if came >= self.size or not self.goes_on():
                        break
                    if came >= self.most:
                        return True
        except ArchiveFaultError:
            return False
        return came >= self.size and self.fits(crc)
