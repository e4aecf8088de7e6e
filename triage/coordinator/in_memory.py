"""Content that workers inherit behind a descriptor, and that lies in no file."""

import os


def in_memory(content: bytes, name: str) -> int:
    """A descriptor of memory that holds it; `name` is only for whoever looks at the process.

    Close it yourself. Raises OSError.
    """
    descriptor = os.memfd_create(f"seek-{name[:40]}", os.MFD_CLOEXEC)
    try:
        written = 0
        while written < len(content):
            written += os.write(descriptor, content[written:])
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
