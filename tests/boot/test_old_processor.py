"""A computer of 2008: a Core 2 without x86-64-v2, from power-on to a verified bundle with a known picture in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot import agent, bundles, matrix, sticks, suspects
from tests.boot.images import Image
from tests.boot.machine import Disk, Machine, running

pytestmark = pytest.mark.boot
PICTURES = 4
KNOWN = 1
"""The number of the picture that is in the lab's list; its name says that it is one, so nothing else finds it."""


def test_a_core_2_is_searched_to_a_verified_bundle_with_the_known_picture_found(stick_image: Image, tmp_path: Path) -> None:
    boot, evidence = sticks.make_pair(stick_image.iso, tmp_path)
    sticks.ask_for_root_shell(boot)
    suspects.photographs(tmp_path / "SUSPECT.img", PICTURES)
    blocked = [
        Disk(name="suspect", file=tmp_path / "SUSPECT.img", serial="SUSPECT"),
        Disk(name="stick", file=boot, bus="usb", serial=sticks.BOOT_SERIAL, bootable=True),
    ]
    writable = Disk(name="evidence", file=evidence, bus="usb", serial=sticks.EVIDENCE_SERIAL)
    before = matrix.digests(blocked)

    with running(Machine(tmp_path / "pc", [*blocked, writable], processor="Penryn")) as machine:
        machine.open_shell(agent.PATIENCE)
        assert "popcnt" not in machine.run("grep -m1 ^flags /proc/cpuinfo")
        agent.put_hash_set(machine, "lab.md5", [suspects.photograph(KNOWN)])
        print(agent.search(machine))
        assert "Old processor" in machine.serial.seen
        assert "Old processor" in machine.run("seek devices", agent.PATIENCE)
        agent.switch_off(machine)

    assert matrix.digests(blocked) == before
    document = bundles.sealed_bundle(evidence, tmp_path / "taken")
    bundles.attests_write_block(document)
    assert not document["partial"]
    found = {finding["entry"]["path"]: {match["kind"] for match in finding["result"]["matches"]} for finding in document["findings"]}
    assert "hash_set" in found[f"holiday{KNOWN}.png"]
    assert document["models"]
    assert not [error for error in document["errors"] if error.get("unseen") == "detector_left_out"], "the classifier runs there too"
