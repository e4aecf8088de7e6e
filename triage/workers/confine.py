"""Gives up, inside a worker, every right that reading evidence does not need.

Applied after all imports and before the first byte of evidence is parsed. Each function names
the layer that it put on, or returns an empty string where the kernel has no such layer.
"""

import ctypes
import os
import resource
from pathlib import Path

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def confine(memory_bytes: int) -> tuple[str, ...]:
    """Put on every layer that this kernel has; returns the names of those that are on."""
    layers = (_limit_memory(memory_bytes), _limit_files(), _no_new_privileges())
    return tuple(layer for layer in layers if layer)


def die_with_coordinator() -> None:
    """Ask the kernel to kill this process when its parent ends, however that ends."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def _limit_memory(memory_bytes: int) -> str:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not memory_bytes:
        return ""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    return f"memory limit {memory_bytes // 2**20} MiB"


def _limit_files() -> str:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    return "no file can be written"


def _no_new_privileges() -> str:
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1) != 0:
        return ""
    _prctl(_PR_SET_DUMPABLE, 0)
    return "no new privileges"


def _prctl(option: int, value: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.prctl(option, value, 0, 0, 0)
    return result


def close_all_but(kept: set[int]) -> None:
    """Close every descriptor that was inherited by accident."""
    for descriptor in [int(link.name) for link in Path("/proc/self/fd").iterdir()]:
        if descriptor > 2 and descriptor not in kept:
            _close_quietly(descriptor)


def _close_quietly(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:  # the listing's own descriptor is gone by now
        return
