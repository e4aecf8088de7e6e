"""On the emulated machine: write to a disk behind a MegaRAID controller through the controller's management node.

python3 raid_write.py; the layout is that of struct megasas_iocpacket and struct megasas_pthru_frame in the kernel's driver.
"""

import ctypes
import fcntl
import os
import re
import stat
import struct
from pathlib import Path

FIRMWARE_COMMAND = 0xC1944D01
SIZE = 404
LOGICAL_DISK_SCSI = 3
WRITES = 0x0008
WRITE_10 = bytes((0x2A, 0, 0, 0, 0, 16, 0, 0, 1, 0))
FRAME_AT, LIST_AT, SIZE_OF_FRAME_HEAD = 20, 148, 0x30


def main() -> None:
    """One block to the first logical disk of the first controller."""
    majors = {name: int(number) for number, name in re.findall(r"^ *(\d+) (\S+)$", Path("/proc/devices").read_text(), re.MULTILINE)}
    node = Path("/dev/own-raid")
    node.unlink(missing_ok=True)
    os.mknod(node, 0o600 | stat.S_IFCHR, os.makedev(majors["megaraid_sas_ioctl"], 0))
    host = next(int(path.parent.name[4:]) for path in Path("/sys/class/scsi_host").glob("*/proc_name") if path.read_text().strip() == "megaraid_sas")
    data = ctypes.create_string_buffer(b"W" * 512, 512)
    frame = struct.pack("<BBBBBBBBIIHHIII16s", LOGICAL_DISK_SCSI, 0, 0, 0, 0, 0, len(WRITE_10), 1, 0, 0, WRITES, 0, 512, 0, 0, WRITE_10)
    packet = bytearray(SIZE)
    packet[:FRAME_AT] = struct.pack("<HHIIII", host, 0, SIZE_OF_FRAME_HEAD, 1, 0, 0)
    packet[FRAME_AT : FRAME_AT + len(frame)] = frame
    packet[LIST_AT : LIST_AT + 16] = struct.pack("<QQ", ctypes.addressof(data), len(data))
    fcntl.ioctl(os.open(node, os.O_RDWR), FIRMWARE_COMMAND, packet)


if __name__ == "__main__":
    main()
