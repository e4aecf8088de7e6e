"""On the emulated machine: take a USB disk away from its driver and write to it by usbfs, as libusb would.

python3 usb_write.py /dev/sdX
"""

import ctypes
import fcntl
import os
import struct
import sys
from pathlib import Path

DRIVER_COMMAND = 0xC0105512
DISCONNECT, CONNECT = 0x5516, 0x5517
CLAIM, RELEASE = 0x8004550F, 0x80045510
BULK = 0xC0185502
OUT, IN = 2, 0x81
WRITE_10 = bytes((0x2A, 0, 0, 0, 0, 16, 0, 0, 1, 0))


def main() -> None:
    """One block; then the driver gets the device back."""
    place = Path("/sys/class/block", Path(sys.argv[1]).name).resolve()
    usb = next(folder for folder in place.parents if (folder / "busnum").exists())
    bus, number = (int((usb / name).read_text()) for name in ("busnum", "devnum"))
    device = os.open(f"/dev/bus/usb/{bus:03}/{number:03}", os.O_RDWR)
    fcntl.ioctl(device, DRIVER_COMMAND, struct.pack("iiQ", 0, DISCONNECT, 0))
    fcntl.ioctl(device, CLAIM, struct.pack("I", 0))
    send(device, OUT, struct.pack("<4sIIBBB16s", b"USBC", 1, 512, 0, 0, len(WRITE_10), WRITE_10))
    send(device, OUT, b"W" * 512)
    send(device, IN, bytes(13))
    fcntl.ioctl(device, RELEASE, struct.pack("I", 0))
    fcntl.ioctl(device, DRIVER_COMMAND, struct.pack("iiQ", 0, CONNECT, 0))


def send(device: int, end: int, data: bytes) -> None:
    """One transfer, in the direction of its end point."""
    held = ctypes.create_string_buffer(data, len(data))
    fcntl.ioctl(device, BULK, struct.pack("IIIxxxxQ", end, len(data), 5000, ctypes.addressof(held)))


if __name__ == "__main__":
    main()
