"""A HID device is refused until udev gives it the leave of a security key, and again when that is taken away.

The emulator has no security key: its keyboard is let in by the program that udev's rule calls.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot import matrix, templates
from tests.boot.images import Image
from tests.boot.machine import Machine, running

pytestmark = pytest.mark.boot
OPEN = "python3 -c 'import os; os.close(os.open(\"/dev/hidraw0\", os.O_RDWR))'"
ASK = "python3 -c 'import fcntl, os; fcntl.ioctl(os.open(\"/dev/hidraw0\", os.O_RDWR), 0x80084803, bytearray(8))'"
"""HIDIOCGRAWINFO, which libfido2 asks as well."""
LEAVE = "env -i /usr/lib/seek/security-key {} $(tr : ' ' </sys/class/hidraw/hidraw0/dev)"


def test_a_hid_device_is_used_with_the_leave_of_a_security_key_and_never_without(test_image: Image, tmp_path: Path) -> None:
    layers_on = matrix.LAYERS_OFF["flag + BPF + command line"]
    with running(Machine(tmp_path, [templates.stick(test_image, tmp_path)], kernel=test_image.with_layers_off(layers_on))) as machine:
        templates.booted(machine)
        assert machine.try_to_run(OPEN)[0] != 0
        machine.run(LEAVE.format("permit"))
        machine.run(OPEN)
        machine.run(ASK)
        machine.run(LEAVE.format("forget"))
        assert machine.try_to_run(OPEN)[0] != 0
        assert "(QEMU QEMU USB Keyboard)" in machine.run("seek-writeblock --json || true")
