"""The only place that opens evidence, and only for reading."""

import errno
import fcntl
import os
import stat
from pathlib import Path

from triage.errors import SourceError, why
from triage.evidence import Device, SourceKind

CDROM_DRIVE_STATUS, CDSL_CURRENT, CDS_DISC_OK = 0x5326, 0x7FFFFFFF, 4
"""Linux's uapi/linux/cdrom.h."""
ROOT_HINT = "Run as root, or join the group disk."
_ANOTHER = "`seek devices` lists what is attached; try another cable or port, or an image of it."


def open_read_only(device: Device) -> tuple[int, ...]:
    """Descriptors of the device, the image's parts in order, or the folder. Close them yourself.

    A worker inherits them only if that is asked for (O_CLOEXEC). Raises SourceError if something
    is not there any more, is not what it was, or cannot be read.
    """
    opened: list[int] = []
    try:
        for path in device.parts or (device.path,):
            opened.append(_open(path, device.kind))
        if device.kind is not SourceKind.DIRECTORY:
            _check_size(opened, device)
    except SourceError:
        for fd in opened:
            os.close(fd)
        raise
    return tuple(opened)


def sizes_of(fds: tuple[int, ...]) -> tuple[int, ...]:
    """Bytes behind each descriptor, of block devices too."""
    return tuple(os.lseek(fd, 0, os.SEEK_END) for fd in fds)


def has_medium(path: str) -> bool:
    """Whether an optical drive holds a disc. Asks the drive; does not close its tray."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return fcntl.ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT) == CDS_DISC_OK
    except OSError:
        return True
    finally:
        os.close(fd)


def _open(path: str, kind: SourceKind) -> int:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOCTTY | os.O_NONBLOCK
    if kind is SourceKind.DIRECTORY:
        flags |= os.O_DIRECTORY
    try:
        fd = os.open(path, flags)
    except OSError as error:
        raise explained(path, error) from error
    try:
        _check(fd, path, kind)
    except SourceError:
        os.close(fd)
        raise
    return fd


def _check(fd: int, path: str, kind: SourceKind) -> None:
    """Numbered, because this is what must hold.

    1. The descriptor cannot write. 2. It is still the kind of thing that was named.
    """
    if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
        raise SourceError(f"{path} was not opened read-only.", hint="This must never happen; stop.")
    mode = os.fstat(fd).st_mode
    wanted = {
        SourceKind.DEVICE: stat.S_ISBLK,
        SourceKind.IMAGE: stat.S_ISREG,
        SourceKind.DIRECTORY: stat.S_ISDIR,
    }[kind]
    if not wanted(mode):
        raise SourceError(f"{path} is no longer a {kind}.", hint="Was it taken out? Look again.")


def _check_size(fds: list[int], device: Device) -> None:
    try:
        size = sum(sizes_of(tuple(fds)))
    except OSError as error:
        raise explained(device.path, error) from error
    if size != device.size:
        raise SourceError(
            f"{device.path} has {size} bytes now, not {device.size}.",
            hint="Was it exchanged, or is something still writing it? Look again.",
        )


def explained(path: str | Path, error: OSError) -> SourceError:
    """An OSError in words for the agent."""
    words = {
        errno.ENOENT: ("is not there", "Check the name; `seek devices` lists what is attached."),
        errno.EACCES: ("cannot be read", ROOT_HINT),
        errno.EPERM: ("may not be opened on this system", "It is kept from every user, root too."),
        errno.ELOOP: ("is a symbolic link", "Name what it points to."),
        errno.ENOMEDIUM: ("holds no medium", "Put the medium in."),
        errno.EIO: ("does not answer (input/output error)", "Check cable and power; try again."),
    }
    said, hint = words.get(error.errno or 0, (f"cannot be opened: {why(error)}", _ANOTHER))
    return SourceError(f"{path} {said}.", hint=hint)
