"""Boot tests 4 and 5 on one machine, in this order: impostors, sticks that are pulled, a power cut.

The boot stick is plugged in when the machine has looked at the doctored copy of it and refused it: so the copy always comes first.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.boot import agent, matrix, sticks, suspects, templates
from tests.boot.images import Image
from tests.boot.machine import Disk, Machine, running

pytestmark = pytest.mark.boot
WRITE = "dd if=/dev/zero of=$(disk {}) bs=4k count=1 conv=fsync"
REFUSED = "/run/seek/evidence-refused.jsonl"
SLOW = 400_000
"""Bytes a second that the suspect's disk gives: the scan then lasts long enough to pull things out."""


@dataclasses.dataclass(slots=True, kw_only=True)
class Scene:
    """The machine, the disks beside it, and what they were before."""

    machine: Machine
    folder: Path
    evidence: Path
    blocked: list[Disk]
    digests: dict[str, str]
    plugged_in: int = 0

    def plug_evidence_in(self) -> None:
        """The same stick again, as the emulator wants it: under a new name."""
        self.plugged_in += 1
        self.machine.plug_in(Disk(name=f"evidence{self.plugged_in}", file=self.evidence, bus="usb", serial=sticks.EVIDENCE_SERIAL))
        agent.wait_until(self.machine, "test -e /run/seek/evidence.json")

    def pull_evidence_out(self) -> None:
        """Without a warning."""
        self.machine.pull_out(f"evidence{self.plugged_in}")

    def plug_suspect_in(self, disk: Disk) -> None:
        """A further disk that must stay as it is."""
        self.blocked.append(disk)
        self.digests.update(matrix.digests([disk]))
        self.machine.plug_in(disk)
        agent.wait_until(self.machine, f'test -n "$(disk {disk.serial})"')


@pytest.fixture(scope="module")
def scene(stick_image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    boot, evidence = sticks.make_pair(stick_image.iso, folder)
    suspects.photographs(folder / "SUSPECT.img", 24)
    there = [
        Disk(name="suspect", file=folder / "SUSPECT.img", serial="SUSPECT", read_rate=SLOW),
        Disk(name="copy", file=doctored(boot, folder / "COPY.img"), serial="COPY"),
    ]
    stick = Disk(name="stick", file=boot, bus="usb", serial=sticks.BOOT_SERIAL)
    digests = matrix.digests([*there, stick])
    with running(Machine(folder / "pc", there, kernel=stick_image.started_with("loglevel=5"))) as machine:
        scene = Scene(machine=machine, folder=folder, evidence=evidence, blocked=[*there, stick], digests=digests)
        machine.serial.wait_for("is not our medium", agent.PATIENCE)
        machine.plug_in(stick)
        templates.booted(machine)
        machine.run("dmesg -n 3")
        scene.plug_evidence_in()
        yield scene


def doctored(boot: Path, copy: Path) -> Path:
    """A copy of the boot stick, UUID and labels and all, with some bytes of its root file system changed."""
    shutil.copyfile(boot, copy)
    with copy.open("r+b") as medium:
        medium.seek(100 * 1024 * 1024)
        medium.write(b"doctored" * 4096)
    return copy


def test_a_copied_boot_uuid_with_a_doctored_root_is_not_booted(scene: Scene) -> None:
    facts = json.loads(scene.machine.run("cat /run/seek/stick.json"))
    assert facts["serial"] == sticks.BOOT_SERIAL
    assert any("not our root hash" in line for line in facts["media_refused"])


def test_a_disk_that_is_plugged_in_later_is_blocked_and_its_false_label_is_recorded(scene: Scene) -> None:
    suspects.impostor(scene.folder / "LATER.img")
    scene.plug_suspect_in(Disk(name="later", file=scene.folder / "LATER.img", bus="usb", serial="LATER"))
    agent.wait_until(scene.machine, f"grep -q LATER {REFUSED}")
    assert scene.machine.try_to_run(WRITE.format("LATER"))[0] != 0
    assert "no signed enrolment" in scene.machine.run(f"grep LATER {REFUSED}")
    assert '"blocked": true' in scene.machine.run("seek-writeblock --json")


def test_a_disk_that_takes_over_the_number_of_a_pulled_evidence_stick_cannot_be_written(scene: Scene) -> None:
    machine = scene.machine
    machine.run("echo durable >/run/seek/evidence/kept; sync -f /run/seek/evidence/kept")
    number = machine.run("cat /run/seek/evidence.number").strip()
    scene.pull_evidence_out()
    agent.wait_until(machine, "! test -e /run/seek/evidence.json")
    suspects.impostor(scene.folder / "NEXT.img")
    scene.plug_suspect_in(Disk(name="next", file=scene.folder / "NEXT.img", bus="usb", serial="NEXT"))
    agent.wait_until(machine, f"grep -q NEXT {REFUSED}")
    assert number in machine.run("lsblk -nro MAJ:MIN $(disk NEXT)").split()
    assert machine.run("bpftool -j map dump pinned /sys/fs/bpf/seek/maps/allowed").strip() == "[]"
    for target in ("$(disk NEXT)", f"/dev/block/{number}"):
        assert machine.try_to_run(f"dd if=/dev/zero of={target} bs=4k count=1 conv=fsync")[0] != 0


def test_the_evidence_stick_that_comes_back_is_opened_with_what_was_durable(scene: Scene) -> None:
    scene.plug_evidence_in()
    assert scene.machine.run("cat /run/seek/evidence/kept; rm /run/seek/evidence/kept").strip() == "durable"


def test_of_the_open_evidence_stick_the_whole_disk_cannot_be_written(scene: Scene) -> None:
    machine = scene.machine
    assert machine.try_to_run(WRITE.format(sticks.EVIDENCE_SERIAL))[0] != 0
    machine.run("echo still >/run/seek/evidence/kept; sync -f /run/seek/evidence/kept; rm /run/seek/evidence/kept")


def test_the_boot_stick_may_be_pulled(scene: Scene) -> None:
    assert scene.machine.writes_to("stick") == (0, 0)
    scene.machine.pull_out("stick")
    scene.machine.run("echo 3 >/proc/sys/vm/drop_caches; seek --version", 1200)
    assert '"blocked": true' in scene.machine.run("seek-writeblock --json")


def test_a_scan_waits_for_its_evidence_stick_and_then_ends_as_if_nothing_had_been(scene: Scene) -> None:
    machine = scene.machine
    agent.reach_main_screen(machine)
    agent.start_scan(machine)
    agent.wait_until_looked_at(machine, 5)
    scene.pull_evidence_out()
    machine.serial.wait_for("PLUG THE EVIDENCE STICK IN AGAIN", agent.PATIENCE)
    scene.plug_evidence_in()
    result = agent.read_result(machine)
    assert result.startswith("FINDINGS: ")
    assert "NOT FINISHED" not in result
    machine.run("sync -f /run/seek/evidence")
    (bundle,) = sticks.take_out(scene.evidence, scene.folder / "first")
    sticks.check_with_stock_tools(bundle)


def test_a_guide_that_is_killed_does_not_end_its_scan_and_the_next_one_shows_the_result(scene: Scene) -> None:
    machine = scene.machine
    agent.go_back(machine)
    agent.start_scan(machine)
    agent.wait_until_looked_at(machine, 5)
    machine.run("systemctl kill --kill-whom=main --signal=KILL 'seek-guide@*.service'")
    machine.serial.wait_for("QUICK SCAN RUNNING", agent.PATIENCE)
    result = agent.read_result(machine)
    assert result.startswith("FINDINGS: ")
    assert "NOT FINISHED" not in result


def test_what_the_screen_said_is_durable_when_the_power_is_cut(scene: Scene) -> None:
    machine = scene.machine
    agent.go_back(machine)
    agent.start_scan(machine)
    shown = agent.wait_until_looked_at(machine, 8)
    assert {machine.writes_to(disk.name) for disk in scene.blocked if disk.name != "stick"} == {(0, 0)}
    machine.cut_power()
    sealed = {bundle.name for bundle in sticks.take_out(scene.evidence, scene.folder / "second")}
    (cut_off,) = [file for file in (scene.folder / "second").rglob("entries.jsonl") if file.parent.name not in sealed]
    whole = [json.loads(line) for line in cut_off.read_text().splitlines(keepends=True) if line.endswith("\n")]
    assert len(whole) >= shown


def test_nothing_was_written_to_any_disk_but_the_evidence_stick(scene: Scene) -> None:
    assert matrix.digests(scene.blocked) == scene.digests
