"""The attestation says what the machine tells, and says plainly what it does not."""

import json
from pathlib import Path

import pytest

from triage import attestation
from triage.attestation import attest, device_state, posed, writes_between

STAT = "10 0 80 5 {writes} 0 {sectors} 0 0 4 4 {discards} 0 0 0 2 0\n"


def a_device(sysfs: Path, *, writes: int = 0, discards: int = 0) -> None:
    folder = sysfs / "sda"
    (folder / "device").mkdir(parents=True, exist_ok=True)
    (folder / "stat").write_text(STAT.format(writes=writes, sectors=writes * 8, discards=discards))
    (folder / "ro").write_text("1\n")
    (folder / "size").write_text("2048\n")
    (folder / "device/model").write_text("SOME DISK\n")
    (folder / "device/vpd_pg80").write_bytes(b"\0\x80\0\x04S123")


def test_a_device_is_read_from_sysfs(tmp_path: Path) -> None:
    a_device(tmp_path)
    state = device_state("/dev/sda", tmp_path)
    assert (state.model, state.serial, state.size, state.read_only) == (
        "SOME DISK",
        "S123",
        2048 * 512,
        True,
    )
    assert state.counters is not None
    assert (state.counters.reads, state.counters.writes, state.counters.flushes) == (10, 0, 2)


def test_what_is_no_device_is_said_to_have_no_counters(tmp_path: Path) -> None:
    state = device_state("/home/someone/disk.img", tmp_path)
    assert (state.read_only, state.counters) == (None, None)


def test_a_write_between_two_attestations_is_named(tmp_path: Path) -> None:
    a_device(tmp_path)
    before = attest(["/dev/sda"], sysfs=tmp_path)
    assert writes_between(before, attest(["/dev/sda"], sysfs=tmp_path)) == ()
    a_device(tmp_path, writes=3)
    assert "from 0 to 3" in writes_between(before, attest(["/dev/sda"], sysfs=tmp_path))[0]


def test_an_ordinary_machine_says_that_no_write_block_was_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    taken = attest()
    assert taken.write_block == "absent"
    assert "no write block" in taken.said_plainly


@pytest.mark.parametrize("blocked", [True, False])
def test_the_stick_s_report_is_taken_over(
    blocked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = {
        "blocked": blocked,
        "layers": [
            {
                "name": "read-only-flag",
                "purpose": "",
                "on": blocked,
                "self_test": "x",
                "troubles": ["y"],
            }
        ],
        "refused": {
            "opens": [{"number": "8:0", "node": "/dev/sda", "count": 2}],
            "commands": [],
            "of_which_self_test": 1,
        },
        "kernel_log": ["Trying to write to read-only block-device sda"],
        "build": {"build": "b", "root_hash": "h", "secure_boot": "on"},
        "override": None if blocked else {"by": "someone"},
    }
    program = tmp_path / attestation.REPORTER
    program.write_text(
        f"#!/bin/sh\ncat <<'END'\n{json.dumps(report)}\nEND\nexit {0 if blocked else 1}\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    taken = attest()
    assert taken.write_block == ("on" if blocked else "not complete")
    assert taken.refused_opens[0].count == 2
    assert (taken.build, taken.root_hash, taken.secure_boot) == ("b", "h", "on")
    assert bool(taken.override) is not blocked
    assert taken.kernel_log == ("Trying to write to read-only block-device sda",)


def test_whoever_posed_as_the_evidence_stick_is_a_line(tmp_path: Path) -> None:
    lines = (
        '{"at": "t", "device": "/dev/sdb1", "serial": "USBDRIVE", "partition_uuid": "u", '
        '"reason": "no signed enrolment names its partition UUID"}\n'
        '{"device": 7}\nnot a line\n'
    )
    (tmp_path / "refused.jsonl").write_text(lines)
    (sentence,) = posed(tmp_path / "refused.jsonl")
    assert sentence == (
        "/dev/sdb1 (serial number USBDRIVE) was not written to: "
        "no signed enrolment names its partition UUID"
    )
    assert posed(tmp_path / "nothing") == ()
