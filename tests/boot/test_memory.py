"""Boot test 6: a quick scan of the sample disk on a machine with 1 GB of memory; from the stick, which is not copied then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot import agent, bundles, matrix, sticks
from tests.boot.images import Image
from tests.boot.machine import Disk, Machine, running
from tests.demo import photographs
from tests.disks import sample_suspect_disk

pytestmark = pytest.mark.boot


def test_one_gigabyte_is_enough_to_find_what_the_lab_s_set_names_on_the_sample_disk(stick_image: Image, tmp_path: Path) -> None:
    boot, evidence = sticks.make_pair(stick_image.iso, tmp_path)
    sample = sample_suspect_disk(tmp_path / "SAMPLE.img", photographs())
    blocked = [
        Disk(name="sample", file=tmp_path / "SAMPLE.img", serial="SAMPLE"),
        Disk(name="stick", file=boot, bus="usb", serial=sticks.BOOT_SERIAL),
    ]
    writable = Disk(name="evidence", file=evidence, bus="usb", serial=sticks.EVIDENCE_SERIAL)
    before = matrix.digests(blocked)
    with running(Machine(tmp_path / "pc", [*blocked, writable], memory=1024, kernel=stick_image.started_with())) as machine:
        machine.open_shell(agent.PATIENCE)
        agent.put_hash_set(machine, "lab.md5", (known.content for known in sample.notable))
        print(agent.search(machine))
        assert "in_memory=no" in machine.run("cat /run/seek/medium.txt")
        assert "Out of memory" not in machine.run("dmesg")
        assert set(matrix.arrived(machine, blocked).values()) == {(0, 0)}
        agent.switch_off(machine)
    assert matrix.digests(blocked) == before
    document = bundles.sealed_bundle(evidence, tmp_path / "taken")
    bundles.attests_write_block(document)
    assert not document["partial"]
    matched = [finding for finding in document["findings"] if any(match["kind"] == "hash_set" for match in finding["result"]["matches"])]
    assert len(matched) == len(sample.notable) == 3
