"""Shared libraries by the names under which the system's loader knows them.

ctypes searches for a library by starting ldconfig, each time: milliseconds, and tens of them from a
slow stick, that a worker would spend before its first entry.
"""

import ctypes
import ctypes.util
from contextlib import suppress

SONAMES = {"c": "libc.so.6", "magic": "libmagic.so.1", "seccomp": "libseccomp.so.2"}


def loaded(name: str) -> ctypes.CDLL | None:
    """The library, a key of SONAMES; None if it is not installed under that name."""
    with suppress(OSError):
        return ctypes.CDLL(SONAMES[name])
    return None


def spare_the_search() -> None:
    """From here on, whoever asks ctypes for one of SONAMES is answered at once."""
    search = ctypes.util.find_library

    def find_library(name: str) -> str | None:
        known = name in SONAMES and loaded(name) is not None
        return SONAMES[name] if known else search(name)

    ctypes.util.find_library = find_library
