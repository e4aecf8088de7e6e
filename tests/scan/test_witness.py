"""A bundle says what the stick's write block refused and counted, ways around a disk too."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from triage import thunderbolt
from triage.evidence import Device, SourceKind
from triage.scan.witness import Witness

REFUSED = {
    "opens": [{"number": "8:0", "node": "/dev/sda", "count": 2}],
    "commands": [],
    "characters": [{"number": "189:3", "node": "1-2", "count": 1}],
    "settings": 4,
    "of_which_self_test": 3,
}
CONTROLLER = {"number": "0:0", "node": "mounts", "count": 9}
STICK = {"number": "8:16", "node": "/dev/sdb", "count": 812}
GONE = {"number": "8:32", "node": "", "count": 1}


def facts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, report: Mapping[str, object]
) -> dict[str, str]:
    """What a scan of a disk writes down beside a program that answers as the stick's does."""
    program = folder / "seek-writeblock"
    program.write_text(f"#!/bin/sh\necho '{json.dumps(report)}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    device = Device(id="d0", path="/dev/nothing", kind=SourceKind.DEVICE, size=512)
    said = Witness([device]).statement()
    assert said is not None
    return dict(said.facts)


def test_what_was_refused_beside_a_disk_is_in_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = facts(tmp_path, monkeypatch, {"refused": REFUSED, "build": {"build": "b1"}})
    assert said["opens for writing refused"] == "/dev/sda: 2"
    assert said["other ways to a device refused"] == "1-2: 1"
    assert said["settings refused"] == "4"


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ([], "none"),
        ([CONTROLLER], "none"),
        ([CONTROLLER, STICK], "/dev/sdb: 812"),
        ([STICK, GONE], "/dev/sdb: 812, 8:32: 1"),
    ],
)
def test_what_could_have_changed_a_disk_is_counted_though_the_disk_is_gone(
    counted: list[dict[str, object]], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = {"changing_requests": counted, "build": {"build": "b1"}}
    said = facts(tmp_path, monkeypatch, report)
    assert said["requests that could change a disk, since power-on"] == told


def test_where_nobody_counted_nothing_is_claimed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = facts(tmp_path, monkeypatch, {"build": {"build": "b1"}})
    assert "requests that could change a disk, since power-on" not in said


def test_a_security_key_that_was_let_in_is_in_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = {"security_keys": ["240:0 (A Key)", "240:1 (" + "long" * 500 + ")"]}
    told = facts(tmp_path, monkeypatch, report)["security keys let in"]
    assert told.startswith("240:0 (A Key), 240:1 (longlong")
    assert len(told) < 300


def test_which_thunderbolt_devices_were_kept_out_is_in_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged_in = tuple(
        thunderbolt.ThunderboltDevice(name=name, let_in=let_in)
        for name, let_in in (("Maker Dock", True), ("Maker Disk", False))
    )
    monkeypatch.setattr(thunderbolt, "plugged_in", lambda: plugged_in)
    dock, disk = facts(tmp_path, monkeypatch, {})["Thunderbolt devices"].split("; ")
    assert dock == "Maker Dock: let in"
    assert disk.startswith("Maker Disk: kept out by this machine's firmware")
    monkeypatch.setattr(thunderbolt, "plugged_in", tuple)
    assert "Thunderbolt devices" not in facts(tmp_path, monkeypatch, {})
