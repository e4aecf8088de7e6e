"""The image as a lab with Windows alone writes it, to an empty stick of 8 GB: it enrols itself, and then searches."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.boot import agent, bundles, matrix, suspects
from tests.boot.images import REPOSITORY, Image
from tests.boot.machine import Disk, Machine, running

pytestmark = pytest.mark.boot
SERIAL = "PLAINSTICK7"
EIGHT_GB = 8_000_000_000
CHECK_STICK = REPOSITORY / "image-build/stick/check_stick.py"


def test_an_image_that_was_written_plainly_enrols_itself_and_then_finds(stick_image: Image, tmp_path: Path) -> None:
    file = tmp_path / "stick.img"
    shutil.copyfile(stick_image.iso, file)
    os.truncate(file, EIGHT_GB)
    suspects.photographs(tmp_path / "SUSPECT.img", 4)
    stick = Disk(name="stick", file=file, bus="usb", serial=SERIAL, bootable=True)
    suspect = Disk(name="suspect", file=tmp_path / "SUSPECT.img", serial="SUSPECT")
    before = matrix.digests([suspect])

    with running(Machine(tmp_path / "lab", [suspect, stick])) as machine:
        machine.serial.wait_for("Portugu", agent.PATIENCE)
        machine.serial.type("1")
        machine.serial.wait_for(r"NEW STICK: press e.*/dev/[sv]d\w+ [\d.]+ .B .*ENTER start", agent.PATIENCE)
        assert machine.writes_to("stick") == (0, 0)
        machine.serial.type("e")
        machine.serial.wait_for(f"8.0 GB, serial number {SERIAL}.*2  yes", agent.PATIENCE)
        machine.serial.type("2")
        machine.serial.wait_for("Type the stick.s serial number.*> ", agent.PATIENCE)
        machine.serial.type(f"{SERIAL}\r")
        said = machine.serial.wait_for("(IS ENROLLED|NOT ENROLLED).*?(ready|back)\\.", agent.PATIENCE).group(0)
        key = re.search(r"SHA256:[\w+/]{43}", re.sub(r"\s+", "", said))
        assert said.startswith("IS ENROLLED"), said
        assert key, said
        machine.serial.type(" ")
        machine.serial.wait_for("MAY BE PULLED OUT|ONCE", agent.PATIENCE)
        assert machine.stopped_by_itself(agent.PATIENCE)

    assert matrix.digests([suspect]) == before
    command = [sys.executable, str(CHECK_STICK), str(file), "--image", str(stick_image.iso), "--key", key.group(0)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout

    with running(Machine(tmp_path / "scene", [suspect, stick])) as machine:
        print(agent.search(machine))
        agent.switch_off(machine)
    assert matrix.digests([suspect]) == before
    document = bundles.sealed_bundle(file, tmp_path / "taken")
    bundles.attests_write_block(document)
    assert {device["serial"] for device in document["devices"]} == {"SUSPECT"}
