"""On the emulated machine: write to a SCSI disk by the oldest of the commands that pass one on.

python3 send_command.py /dev/sdX
"""

import fcntl
import os
import struct
import sys

SEND_COMMAND = 1
WRITE_6 = bytes((0x0A, 0, 0, 16, 1, 0))


def main() -> None:
    """One block."""
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), SEND_COMMAND, bytearray(struct.pack("II", 512, 0) + WRITE_6 + b"W" * 512))


if __name__ == "__main__":
    main()
