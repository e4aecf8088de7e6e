"""On the emulated machine: give a disk one more partition, which the kernel alone knows of.

python3 add_partition.py /dev/sdX; the layout is that of struct blkpg_ioctl_arg and struct blkpg_partition.
"""

import ctypes
import fcntl
import os
import struct
import sys

BLKPG = 0x1269
ADD = 1
START, LENGTH, NUMBER = 1 << 20, 1 << 16, 7


def main() -> None:
    """The exit code says whether the kernel took it."""
    partition = ctypes.create_string_buffer(struct.pack("qqi128x4x", START, LENGTH, NUMBER))
    told = struct.pack("iiixxxxQ", ADD, 0, 152, ctypes.addressof(partition))
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), BLKPG, bytearray(told))


if __name__ == "__main__":
    main()
