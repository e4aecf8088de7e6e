"""On the emulated machine: be a HID device until the power goes. python3 pose_as_hid.py key|vendor.

The layout is that of struct uhid_event with UHID_CREATE2; the description is the whole of what udev goes by.
"""

import os
import struct
import sys
import time

CREATE = 11
USB = 3
DESCRIPTIONS = {
    # usage page FIDO Alliance, usage U2F authenticator; reports of 64 bytes in and out
    "key": bytes.fromhex("06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0"),
    # usage page vendor's own: the kind by which firmware of mice and of sticks is changed
    "vendor": bytes.fromhex("0600ff0901a1010920150026ff007508954081020921150026ff00750895409102c0"),
}


def main() -> None:
    """Make it, and stay."""
    description = DESCRIPTIONS[sys.argv[1]]
    device = os.open("/dev/uhid", os.O_RDWR)
    name = f"posing as a {sys.argv[1]}".encode()
    os.write(device, struct.pack("<I128s64s64sHHIIII4096s", CREATE, name, b"", b"", len(description), USB, 0x1209, 0x0001, 0, 0, description))
    time.sleep(3600)


if __name__ == "__main__":
    main()
