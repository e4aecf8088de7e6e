"""Content that workers inherit behind a descriptor, and that lies in no file."""

import os
from collections.abc import Iterable


def in_memory(blocks: Iterable[bytes], name: str) -> int:
    """A descriptor of memory that holds them, one behind the other; `name` is only for whoever
    looks at the process.

    Close it yourself. Raises OSError, and whatever the blocks do.
    """
    descriptor = os.memfd_create(f"seek-{name[:40]}", os.MFD_CLOEXEC)
    try:
        for block in blocks:
            _write(descriptor, memoryview(block))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _write(descriptor: int, block: memoryview) -> None:
    while block:
        block = block[os.write(descriptor, block) :]
