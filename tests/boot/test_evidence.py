"""Boot tests 4 to 6: impostors, sticks that are pulled, power cuts, little memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import matrix
import sticks
import suspects
from conftest import Image
from machine import Disk, Machine, running
from test_boot_modes import PATIENCE, search, wipe_own_evidence

pytestmark = pytest.mark.boot
STATUS = 'echo \'{"do": "evidence-status"}\' | python3 -c \'import socket, sys; c = socket.socket(socket.AF_UNIX); c.connect("/run/seek/helper.socket"); c.sendall(sys.stdin.buffer.read()); print(c.makefile().readline())\''
DISK = "disk() { lsblk -ndo PATH,SERIAL | awk -v s=\"$1\" '$2 == s { print $1 }'; }"
WRITE = "dd if=/dev/zero of=$(disk {}) bs=4k count=1 conv=fsync"


@contextmanager
def a_search(image: Image, folder: Path, disks: list[Disk], *, memory: int = 2048) -> Iterator[tuple[Machine, Path]]:
    """A machine started from a boot stick, with one enrolled evidence stick; checks that nothing was written to a suspect."""
    boot, evidence = folder / "boot.img", folder / "evidence.img"
    sticks.make_boot_stick(image.iso, boot, serial="SEEKSTICK1", keep_key=folder / "key")
    sticks.make_evidence_stick(boot, folder / "key", evidence, serial="SEEKEVID1")
    wipe_own_evidence(boot)
    before = matrix.digests(disks)
    own = [
        Disk(name="stick", file=boot, bus="usb", serial="SEEKSTICK1"),
        Disk(name="evidence", file=evidence, bus="usb", serial="SEEKEVID1"),
    ]
    with running(Machine(folder / "pc", [*disks, *own], memory=memory, kernel=image.started_with())) as machine:
        yield machine, evidence
        assert all(counts == (0, 0) for counts in matrix.arrived(machine, disks).values())
    assert matrix.digests(disks) == before


def photographs(folder: Path) -> Disk:
    """A suspect's disk with benign pictures on it."""
    pictures = folder / "pictures"
    pictures.mkdir()
    (pictures / "holiday.doc").write_bytes(suspects.picture())
    for number in range(6):
        (pictures / f"note{number}.txt").write_text(f"benign note {number}\n" * 4000)
    suspects.photographs(folder / "SUSPECT.img", pictures)
    return Disk(name="suspect", file=folder / "SUSPECT.img", serial="SUSPECT")


def wait_until(machine: Machine, command: str, seconds: int = 120) -> None:
    """Wait, inside the machine, until a command succeeds."""
    machine.run(f"for i in $(seq {seconds}); do {command} && break; sleep 1; done; {command}", seconds * 10)


def ready(machine: Machine) -> None:
    """Wait for the root shell and for the evidence stick to be open."""
    machine.open_shell(PATIENCE)
    machine.run(DISK, 60)
    wait_until(machine, "test -e /run/seek/evidence.json", 300)


def test_a_partition_labelled_like_ours_and_a_disk_plugged_in_later_are_left_alone(stick_image: Image, tmp_path: Path) -> None:
    suspects.impostor(tmp_path / "SATA.img")
    suspects.impostor(tmp_path / "LATER.img")
    later = Disk(name="later", file=tmp_path / "LATER.img", bus="usb", serial="LATER")
    with a_search(stick_image, tmp_path, [Disk(name="sata", file=tmp_path / "SATA.img", serial="SATA")]) as (machine, _):
        ready(machine)
        before = matrix.digests([later])
        machine.plug_in(later)
        wait_until(machine, "grep -q LATER /run/seek/evidence-refused.jsonl")
        assert machine.try_to_run(WRITE.format("LATER"))[0] != 0
        assert "no signed enrolment" in machine.run("cat /run/seek/evidence-refused.jsonl")
        assert '"blocked": true' in machine.run("seek-writeblock --json")
    assert matrix.digests([later]) == before


def test_a_disk_that_takes_over_the_number_of_a_pulled_stick_cannot_be_written(stick_image: Image, tmp_path: Path) -> None:
    suspects.plain(tmp_path / "NEXT.img")
    following = Disk(name="next", file=tmp_path / "NEXT.img", bus="usb", serial="NEXT")
    before = matrix.digests([following])
    with a_search(stick_image, tmp_path, [photographs(tmp_path)]) as (machine, _):
        ready(machine)
        old = machine.run("lsblk -ndo MAJ:MIN $(disk SEEKEVID1)").strip()
        machine.pull_out("evidence")
        wait_until(machine, "! test -e /run/seek/evidence.json")
        machine.plug_in(following)
        wait_until(machine, 'test -n "$(disk NEXT)"')
        print("number before and after:", old, machine.run("lsblk -ndo MAJ:MIN $(disk NEXT)").strip())
        assert machine.try_to_run(WRITE.format("NEXT"))[0] != 0
        assert machine.run("bpftool -j map dump pinned /sys/fs/bpf/seek/maps/allowed").strip() == "[]"
    assert matrix.digests([following]) == before


def test_the_evidence_stick_pulled_and_put_back_keeps_what_was_durable(stick_image: Image, tmp_path: Path) -> None:
    with a_search(stick_image, tmp_path, [photographs(tmp_path)]) as (machine, evidence):
        ready(machine)
        machine.run("echo durable >/run/seek/evidence/kept; sync -f /run/seek/evidence/kept")
        machine.pull_out("evidence")
        assert machine.try_to_run("sleep 5; echo lost >/run/seek/evidence/x && sync -f /run/seek/evidence/x && grep -q seek/evidence /proc/mounts")[0] != 0
        machine.plug_in(Disk(name="again", file=evidence, bus="usb", serial="SEEKEVID1"))
        wait_until(machine, "test -e /run/seek/evidence.json")
        assert machine.run("cat /run/seek/evidence/kept").strip() == "durable"


def test_the_boot_stick_pulled_before_and_the_power_cut_right_after_the_result(stick_image: Image, tmp_path: Path) -> None:
    with a_search(stick_image, tmp_path, [photographs(tmp_path)]) as (machine, evidence):
        ready(machine)
        machine.pull_out("stick")
        result = search(machine, {})
        assert "FINDINGS: " in result
        machine.cut_power()
        bundles = sticks.take_out(evidence, tmp_path / "taken")
        assert bundles
        sticks.check_with_stock_tools(bundles[-1])


def test_a_doctored_copy_of_the_medium_is_not_booted(stick_image: Image, tmp_path: Path) -> None:
    copy = tmp_path / "COPY.img"
    shutil.copyfile(stick_image.iso, copy)
    with copy.open("r+b") as medium:
        medium.seek(100 * 1024 * 1024)
        medium.write(b"doctored" * 4096)
    with a_search(stick_image, tmp_path, [Disk(name="copy", file=copy, serial="COPY")]) as (machine, _):
        ready(machine)
        facts = machine.run("cat /run/seek/stick.json")
        assert '"serial": "SEEKSTICK1"' in facts
        assert "not our root hash" in facts


def test_one_gigabyte_of_memory_is_enough(stick_image: Image, tmp_path: Path) -> None:
    with a_search(stick_image, tmp_path, [photographs(tmp_path)], memory=1024) as (machine, _):
        assert "FAILED" not in search(machine, {})
