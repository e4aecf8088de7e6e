"""A stick that was written from the plain image enrols itself, and only itself."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stick.test_check_stick import check, published, wrong
from tests.stick.test_helper import HELPER, Kernel, partition
from tests.stick.test_set_signers import MIB, image, run

assert str(HELPER) in sys.path
import evidence_partition  # noqa: E402
from seek_stick import (  # noqa: E402
    block_devices,
    enrolment,
    evidence,
    own_enrolment,
    programs,
    requests,
)
from seek_stick.block_devices import BlockDevice  # noqa: E402

__all__ = ["image", "published"]  # fixtures
SERIAL, SIZE = "S77", 128 * MIB
RUN = programs.run


class Here:
    """A started system: its stick, what it keeps of it, and what the kernel lets through."""

    def __init__(self, folder: Path, stick: Path) -> None:
        self.stick = stick
        self.disk = partition(
            name=f"..{stick}", disk=f"..{stick}", major=0, minor=0, serial=SERIAL,
            partition_label="", partition_uuid="", sectors=stick.stat().st_size // 512,
        )  # fmt: skip
        self.others: list[BlockDevice] = []
        self.facts = folder / "stick.json"
        self.facts.write_text(json.dumps({"disk": self.disk.node}))
        self.system_agrees = True
        self.kernel = Kernel(self.disk)

    def attached(self) -> list[BlockDevice]:
        flag = self.kernel.read_only[f"/dev/..{self.stick}"]
        disk = dataclasses.replace(self.disk, read_only=flag)
        return [*self.others, disk, dataclasses.replace(disk, name="sdz1", read_only=True)]

    def run(self, *command: str, **more: Any) -> "subprocess.CompletedProcess[str]":
        if command[0] == "ssh-keygen":
            return RUN(*command, **more)
        if command[0] == "blockdev":
            self.kernel.read_only[command[2]] = command[1] == "--setro"
            return subprocess.CompletedProcess(command, 0)
        assert command[0] in ("mount", "umount", "veritysetup"), command
        failed = command[0] == "veritysetup" and not self.system_agrees
        return subprocess.CompletedProcess(command, int(failed))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, published: Path, tmp_path: Path) -> Here:
    """The image on a stick of 128 MiB, as `dd` writes it."""
    stick = tmp_path / "stick.img"
    shutil.copyfile(published, stick)
    os.truncate(stick, SIZE)
    table = json.loads(run("sfdisk", "--json", stick))["partitiontable"]
    made = Here(tmp_path, stick)
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin:/sbin")
    for module, name, value in (
        (own_enrolment, "DISK_UUID", table["id"].lower()),
        (own_enrolment, "STICK", tmp_path / "kept"),
        (own_enrolment, "LAYERS_OFF", tmp_path / "layers-off"),
        (own_enrolment, "LOOK", tmp_path / "look"),
        (own_enrolment, "RUN", tmp_path),
        (own_enrolment, "STICK_FACTS", made.facts),
        (evidence, "WRITABLE", tmp_path / "writable"),
        (evidence, "NUMBER", tmp_path / "number"),
        (requests, "LOCK", tmp_path / "lock"),
        (block_devices, "attached", made.attached),
        (programs, "allowed", lambda: {f"{a}:{b}" for a, b in made.kernel.allowed}),
        (programs, "allow", made.kernel.allow),
        (programs, "disallow", made.kernel.disallow),
        (programs, "run", made.run),
    ):
        monkeypatch.setattr(module, str(name), value)
    return made


def ask(serial: str = "") -> dict[str, Any]:
    return dict(requests.answer({"do": "enrol-itself", "argument": serial}))


def test_it_is_then_what_make_stick_makes_and_knows_its_evidence_partition(
    here: Here, published: Path, tmp_path: Path
) -> None:
    assert ask() == {
        "possible": True, "disk": here.disk.node, "serial": SERIAL, "bytes": SIZE
    }  # fmt: skip
    done = ask(SERIAL)
    assert done["enrolled"], done
    checked = check(here.stick, published, "--key", done["key"])
    assert wrong(checked) == []
    assert "the evidence partition on it is enrolled" in checked.stdout
    start = next(
        part["start"]
        for part in json.loads(run("sfdisk", "--json", here.stick))["partitiontable"]["partitions"]
        if part.get("name") == evidence_partition.LABEL
    )
    table = json.loads(run("sfdisk", "--json", here.stick))["partitiontable"]["partitions"]
    boot = next(p for p in table if p["type"].lower() == evidence_partition.EFI_TYPE)["start"]
    run("mcopy", "-s", "-i", f"{here.stick}@@{boot * 512}", "::/seek/*", tmp_path / "look")
    (mine,) = enrolment.enrolments(tmp_path / "look")
    assert (mine.disk_serial, mine.partition_uuid) == (SERIAL, done["partition_uuid"])
    with here.stick.open("rb") as stream:
        stream.seek(start * 512)
        (tmp_path / "part").write_bytes(stream.read())
    assert run("fcat", "-f", "exfat", "seek-evidence.id", tmp_path / "part") == mine.id
    assert "clean" in run("fsck.exfat", "-n", tmp_path / "part")


def test_only_the_stick_may_be_written_only_while_it_takes_and_no_key_is_left(here: Here) -> None:
    here.others = [partition(name="sda", disk="sda", minor=0, by_usb=False)]
    assert ask(SERIAL)["enrolled"]
    assert here.kernel.ever_allowed == [{(here.disk.major, here.disk.minor)}]
    assert here.kernel.allowed == set()
    assert here.kernel.read_only == {here.disk.node: True}
    assert not list(here.facts.parent.glob("enrol-*"))
    left = here.stick.read_bytes()
    assert b"PRIVATE KEY" not in left


def refuse(here: Here, code: str, serial: str = SERIAL) -> None:
    before = here.stick.read_bytes()
    assert ask(serial)["code"] == code
    assert here.stick.read_bytes() == before
    assert here.kernel.ever_allowed == []


def test_a_serial_number_that_is_another_s_is_refused(here: Here) -> None:
    refuse(here, "other_serial", "S78")
    assert ask()["possible"], "which alone is no reason not to offer it"


def test_a_system_on_it_that_is_not_the_one_that_runs_is_refused(here: Here) -> None:
    here.system_agrees = False
    refuse(here, "other_system")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"by_usb": False}, "not_usb"),
        ({"serial": ""}, "no_serial"),
        ({"disk": "sdy", "name": "sdy"}, "not_there"),
        ({"sectors": 40 * 2048}, "too_small"),
    ],
)
def test_a_disk_that_cannot_be_it_is_refused(
    changes: dict[str, Any], code: str, here: Here
) -> None:
    here.disk = dataclasses.replace(here.disk, **changes)
    assert ask() == {**ask(), "possible": False, "code": code}
    refuse(here, code)


def test_one_that_was_pulled_out_and_replaced_is_refused(here: Here) -> None:
    here.disk = dataclasses.replace(here.disk, minor=16)
    refuse(here, "not_there")


def test_with_a_layer_of_the_write_block_off_nothing_is_written(here: Here) -> None:
    (here.facts.parent / "layers-off").mkdir()
    (here.facts.parent / "layers-off/bpf-programs").touch()
    refuse(here, "block_off")


@pytest.mark.parametrize("name", ["stick.pub", "enrolled/an.json"])
def test_a_stick_that_is_enrolled_keeps_what_it_has(name: str, here: Here) -> None:
    kept = here.facts.parent / "kept" / name
    kept.parent.mkdir(parents=True)
    kept.write_text("of the lab's")
    refuse(here, "enrolled")


def test_a_partition_that_somebody_put_behind_the_system_is_kept(here: Here) -> None:
    run("sfdisk", "--quiet", "--relocate", "gpt-bak-std", here.stick)
    for name in ("one", "two"):
        run("sfdisk", "--quiet", "--append", here.stick, stdin=f"size=40960, name={name}\n")
    refuse(here, "other_table")


def test_another_disk_with_our_files_and_its_own_table_is_refused(here: Here) -> None:
    run("sfdisk", "--disk-id", here.stick, "0A1B2C3D-0000-4000-8000-000000000009")
    refuse(here, "other_table")


def test_a_stick_that_does_not_keep_what_is_written_is_said(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_partition, "copy_used_parts", lambda what: None)
    done = ask(SERIAL)
    assert (done["enrolled"], done["code"]) == (False, "failed")
    assert "does not hold what was written" in done["reason"]
    assert here.kernel.allowed == set()
