"""A security key may be used on the stick, and no other HID device: by the whole chain of udev, its rule, and the guards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.boot import agent, matrix, templates
from tests.boot.images import Image
from tests.boot.machine import Machine, running

pytestmark = pytest.mark.boot
UHID = "10 0 0 0 239 0 0 0"
"""The device by which a program poses as a HID device: on the test image alone, and by a leave that the test gives."""
LEAVE = "bpftool map {} pinned /sys/fs/bpf/seek/maps/security_keys key {}"
FIND = "basename $(dirname $(grep -l 'HID_NAME=posing as a {}' /sys/class/hidraw/*/device/uevent | head -1 | xargs dirname))"
OPEN = "python3 -c 'import os; os.close(os.open(\"/dev/{}\", os.O_RDWR))'"


def test_a_security_key_is_let_in_and_another_hid_device_is_not(test_image: Image, tmp_path: Path) -> None:
    layers_on = matrix.LAYERS_OFF["flag + BPF + command line"]
    with running(Machine(tmp_path, [templates.stick(test_image, tmp_path)], kernel=test_image.with_layers_off(layers_on))) as machine:
        templates.booted(machine)
        lets_a_key_in_and_nothing_else(machine)


def lets_a_key_in_and_nothing_else(machine: Machine) -> None:
    """Two programs that pose as HID devices: one describes itself as a security key, one as a maker's own kind."""
    machine.run("modprobe uhid")
    assert machine.try_to_run(": >>/dev/uhid")[0] != 0, "the device guard refuses it"
    machine.run(LEAVE.format("update", UHID) + " value 1 0 0 0 0 0 0 0")
    assert "10:239 may be opened and is no security key" in machine.run("seek-writeblock --json || true")
    for kind in ("key", "vendor"):
        machine.run(f"python3 /tmp/pose_as_hid.py {kind} >/dev/null 2>&1 &")
        agent.wait_until(machine, f"test -e /sys/class/hidraw/$({FIND.format(kind)})/dev")
    machine.run(LEAVE.format("delete", UHID) + "; udevadm settle")
    key, vendor = (machine.run(FIND.format(kind)).strip() for kind in ("key", "vendor"))
    assert machine.run(f"stat -c '%a %U %G' /dev/{key}").strip() == "660 root seek"
    machine.run(f"runuser -u seek -- {OPEN.format(key)}")
    assert machine.try_to_run(OPEN.format(vendor))[0] != 0, "as root"
    said = json.loads(machine.run("seek-writeblock --json || true"))
    assert [name.split(" ", 1)[1] for name in said["security_keys"]] == ["(posing as a key)"]
    assert "bpf-programs" in {layer["name"] for layer in said["layers"] if layer["on"]}
