"""On the emulated machine: map a controller's own memory for writing. python3 map_memory.py FILE."""

import mmap
import os
import sys


def main() -> None:
    """The exit code says whether the kernel gave it; nothing is written."""
    file = os.open(sys.argv[1], os.O_RDWR)
    mmap.mmap(file, mmap.PAGESIZE).close()


if __name__ == "__main__":
    main()
