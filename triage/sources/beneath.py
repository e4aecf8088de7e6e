"""Opening below a folder that is the source: never by a symbolic link, never out of it."""

import errno
import os


def open_beneath(root: int, path: bytes, *, folder: bool) -> int:
    """A descriptor of `path` below the folder `root`; no symbolic link is followed on the way.

    Access times are left alone where the system allows it. Raises OSError.
    """
    here = root
    names = path.split(b"/")
    try:
        for number, name in enumerate(names, 1):
            last = number == len(names)
            below = _open_name(here, name, folder=folder or not last)
            if here != root:
                os.close(here)
            here = below
    except OSError:
        if here != root:
            os.close(here)
        raise
    return here


def _open_name(above: int, name: bytes, *, folder: bool) -> int:
    if name in (b"", b".", b".."):
        raise OSError(errno.EINVAL, "not a name")
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOCTTY | os.O_NONBLOCK
    if folder:
        flags |= os.O_DIRECTORY
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=above)
    except PermissionError:
        return os.open(name, flags, dir_fd=above)
