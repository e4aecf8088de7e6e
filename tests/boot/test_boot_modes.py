"""Boot tests 1 to 3: BIOS, UEFI and Secure Boot, from power-on to the switched-off machine, beside tempting disks."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.boot import agent, bundles, matrix, sticks, suspects, templates
from tests.boot.attempts import ATTEMPTS
from tests.boot.images import Image
from tests.boot.machine import Disk, Machine, running

pytestmark = pytest.mark.boot
SECURE_BOOT = {"bios": "no UEFI: started by BIOS", "uefi": "off", "secure-boot": "on"}


@pytest.mark.parametrize("firmware", SECURE_BOOT)
def test_from_power_on_to_a_verified_bundle(firmware: str, stick_image: Image, made_suspects: Path, tmp_path: Path) -> None:
    boot, evidence = sticks.make_pair(stick_image.iso, tmp_path)
    sticks.ask_for_root_shell(boot)
    stick = Disk(name="stick", file=boot, bus="usb", serial=sticks.BOOT_SERIAL, bootable=True)
    blocked = [*suspects.drives(made_suspects, tmp_path), stick]
    writable = Disk(name="evidence", file=evidence, bus="usb", serial=sticks.EVIDENCE_SERIAL)
    before = matrix.digests(blocked)

    with running(Machine(tmp_path / "pc", [*blocked, writable], firmware=firmware)) as machine:
        marks = agent.search(machine)
        made = attempt_everything(machine, blocked)
        posed = machine.run("cat /run/seek/evidence-refused.jsonl")
        completes = machine.run("bash --login -c 'complete -p seek'")
        agent.switch_off(machine)

    print(f"{firmware}: seconds from power-on: {marks}; {made} attempts as root, none arrived")
    assert matrix.digests(blocked) == before
    assert "-F _seek_completion seek" in completes
    assert '"serial": "SATADRIVE"' in posed
    assert "it is not on USB" in posed
    assert '"serial": "USBDRIVE"' in posed
    assert "no signed enrolment" in posed
    document = bundles.sealed_bundle(evidence, tmp_path / "taken")
    bundles.attests_write_block(document)
    assert document["write_block"]["facts"]["Secure Boot"] == SECURE_BOOT[firmware]
    assert {device["serial"] for device in document["devices"]} == set(suspects.DRIVES)
    held = {hashlib.sha256(suspects.posing(name)).hexdigest(): within for name, within in suspects.HELD.items()}
    assert held.items() <= bundles.where_found(document).items()
    (opened,) = document["unlocking"]
    assert opened["found_in"].endswith("/LUKS recovery.txt")


def attempt_everything(machine: Machine, blocked: list[Disk]) -> int:
    """As root, on the very image that goes onto sticks: nothing arrives at any suspect's drive or at the boot stick."""
    templates.booted(machine)
    attempts = [attempt for attempt in ATTEMPTS if not attempt.needs_tools]
    assert all(machine.run(f"disk {name}").strip() for name in {attempt.disk for attempt in attempts})
    cells = matrix.try_all(machine, blocked, attempts)
    assert [name for name, cell in cells.items() if cell != "-"] == []
    assert set(matrix.arrived(machine, blocked).values()) == {(0, 0)}
    assert machine.writes_to("evidence")[0] > 0
    return len(cells)
