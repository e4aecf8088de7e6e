"""The attestation says what the machine tells, and says plainly what it does not."""

import json
import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from triage import attestation
from triage.attestation import (
    BlockState,
    Counters,
    attest,
    device_state,
    posed,
    writes_between,
)

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


COLUMNS = " ".join(str(number) for number in range(1, 18))
"""A stat line in which each column says which it is: iostats.rst counts them from 1."""


def test_each_counter_is_read_from_its_own_column(tmp_path: Path) -> None:
    a_device(tmp_path)
    (tmp_path / "sda/stat").write_text(f"{COLUMNS}\n")
    assert device_state("/dev/sda", tmp_path).counters == Counters(
        reads=1, sectors_read=3, writes=5, sectors_written=7, discards=12, flushes=16
    )


def test_an_old_kernels_line_without_discards_and_flushes_is_read(tmp_path: Path) -> None:
    a_device(tmp_path)
    (tmp_path / "sda/stat").write_text(f"{COLUMNS.partition(' 12 ')[0]}\n")
    assert device_state("/dev/sda", tmp_path).counters == Counters(
        reads=1, sectors_read=3, writes=5, sectors_written=7
    )


@pytest.mark.parametrize("moved", ["writes", "sectors_written", "discards"])
def test_each_counter_of_changes_is_named_though_no_other_moved(tmp_path: Path, moved: str) -> None:
    before, after = _two_looks(tmp_path, moved)
    (sentence,) = writes_between(before, after)
    assert sentence.startswith("/dev/sda: ")
    assert "from 5 to 6" in sentence


@pytest.mark.parametrize("moved", ["reads", "sectors_read", "flushes"])
def test_reading_and_flushing_is_no_write(tmp_path: Path, moved: str) -> None:
    assert writes_between(*_two_looks(tmp_path, moved)) == ()


def test_a_device_that_was_exchanged_for_an_untouched_one_is_named(tmp_path: Path) -> None:
    before, after = _two_looks(tmp_path, "writes")
    assert writes_between(after, before) != ()


def test_a_device_that_was_not_there_before_or_has_no_counters_is_not_vouched_for(
    tmp_path: Path,
) -> None:
    known, _ = _two_looks(tmp_path, "writes")
    unknown = attest(["/dev/nothing"], sysfs=tmp_path)
    for before, after in ((unknown, known), (unknown, unknown)):
        (sentence,) = writes_between(before, after)
        assert "nothing can be said" in sentence


def _two_looks(sysfs: Path, moved: str) -> tuple[BlockState, BlockState]:
    """At a device of which one counter goes from 5 to 6 in between, and no other moves."""
    a_device(sysfs)
    state = device_state("/dev/sda", sysfs)
    counters = dict.fromkeys(Counters.__struct_fields__, 5)
    first, second = (
        msgspec.structs.replace(state, counters=Counters(**(counters | {moved: number})))
        for number in (5, 6)
    )
    taken = attest(sysfs=sysfs)
    return (
        msgspec.structs.replace(taken, devices=(first,)),
        msgspec.structs.replace(taken, devices=(second,)),
    )


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a real block device")
def test_what_is_really_written_and_discarded_moves_the_counters(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(bytes(1 << 20))
    losetup = ["losetup", "--find", "--show", "--direct-io=off", str(disk)]
    node = subprocess.run(losetup, check=True, capture_output=True, text=True).stdout.strip()
    try:
        first = attest([node])
        assert first.devices[0].size == 1 << 20
        assert first.devices[0].read_only is False
        subprocess.run(["dd", f"if={node}", "of=/dev/null", "bs=64K", "iflag=direct"], check=True)
        assert writes_between(first, attest([node])) == ()
        subprocess.run(
            ["dd", "if=/dev/zero", f"of={node}", "bs=4K", "count=1", "oflag=direct"], check=True
        )
        second = attest([node])
        assert _moved(first, second) == (1, 8, 0)
        assert writes_between(first, second) != ()
        subprocess.run(["blkdiscard", "-o", "8192", "-l", "4096", node], check=True)
        third = attest([node])
        assert _moved(second, third) == (0, 0, 1)
        assert writes_between(second, third) != ()
        subprocess.run(["blockdev", "--setro", node], check=True)
        assert attest([node]).devices[0].read_only is True
    finally:
        subprocess.run(["blockdev", "--setrw", node], check=True)  # its number outlives it
        subprocess.run(["losetup", "--detach", node], check=True)


def _moved(before: BlockState, after: BlockState) -> tuple[int, int, int]:
    """By how much writes, sectors and discards of the one device grew."""
    was, now = before.devices[0].counters, after.devices[0].counters
    assert was is not None
    assert now is not None
    return (
        now.writes - was.writes,
        now.sectors_written - was.sectors_written,
        now.discards - was.discards,
    )


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
