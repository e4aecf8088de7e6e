"""What the root helper answers to whoever asks for too much; and what it takes for ours."""

import dataclasses
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.guide import asking

HELPER = Path(__file__).resolve().parents[2] / "image-build/overlay/usr/lib/seek"
sys.path[:0] = [str(HELPER), str(HELPER.parents[3] / "stick")]  # the image has both in one folder
from seek_stick import block_devices, evidence, programs, requests, write_block  # noqa: E402
from seek_stick.block_devices import BlockDevice  # noqa: E402
from seek_stick.enrolment import Enrolment  # noqa: E402

UUID = "0a1b2c3d-0000-4000-8000-000000000001"
ENROLLED = [Enrolment(id="id-1", partition_uuid=UUID, disk_serial="S1")]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The helper's own files, away from this machine's /run."""
    monkeypatch.setattr(requests, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(evidence, "REFUSED", tmp_path / "refused.jsonl")
    monkeypatch.setattr(evidence, "LAYERS_OFF", tmp_path / "layers-off")
    return tmp_path


def partition(**changes: Any) -> BlockDevice:
    facts = {
        "name": "sdz1", "major": 8, "minor": 401, "disk": "sdz", "read_only": True,
        "partition_label": "SEEK-EVIDENCE", "partition_uuid": UUID, "by_usb": True,
        "serial": "S1", "sectors": 2048,
    }  # fmt: skip
    return BlockDevice(**{**facts, **changes})


@pytest.mark.parametrize(
    "request_", [None, [], "power-off", {}, {"do": "shell"}, {"do": ["power-off"]}]
)
def test_what_is_no_verb_is_refused_and_does_nothing(request_: object) -> None:
    assert "error" in requests.answer(request_)


@pytest.mark.parametrize("line", [b"", b"\xff\xfe\n", b'{"do": "write-', b"[" * 5000 + b"\n"])
def test_a_line_that_is_no_request_is_none(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(line)))
    assert requests.read_request() is None


@pytest.mark.parametrize("name", ["../../etc/shadow", "us.kmap", "", "us;reboot"])
def test_no_other_keyboard_map_than_the_image_s_is_loaded(name: str) -> None:
    assert "no such keyboard" in str(requests.answer({"do": "keyboard", "argument": name}))


@pytest.mark.parametrize("name", ["../../etc/shadow", "Lat15-TerminusBold16", "", "Lat2;reboot"])
def test_no_other_letters_than_the_image_s_are_loaded(name: str) -> None:
    assert "no such letters" in str(requests.answer({"do": "letters", "argument": name}))


def test_the_guide_asks_for_keyboards_and_letters_that_the_image_has() -> None:
    recipe = Path("image-build/steps/root.sh").read_text()
    maps = re.findall(r"for map in (.*); do", recipe)[0]
    script = f"for map in {maps}; do echo ${{map#*/}}; done"
    laid = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert {name for name, _ in asking.KEYBOARDS.values()} == set(laid.stdout.split())
    assert {asking.WESTERN, *asking.LETTERS.values()} == set(requests.LETTERS)
    assert "consolefonts/Lat{15,2}-TerminusBold{16,24x12,32x16}.psf.gz" in recipe


def test_a_stick_cannot_be_overridden() -> None:
    assert not write_block.TEST_IMAGE.exists()
    assert "error" in requests.answer({"do": "override", "argument": "me"})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"by_usb": False}, "not on USB"),
        ({"partition_uuid": "f" * 36}, "no signed enrolment"),
        ({"serial": "S2"}, "another serial number: S2"),
        ({"serial": ""}, "another serial number: none"),
    ],
)
def test_what_only_looks_like_ours_is_not_ours(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(evidence.NotOursError, match=reason):
        evidence.check(partition(**changes), ENROLLED)


def test_nothing_is_opened_while_a_layer_is_off(nowhere: Path) -> None:
    (nowhere / "layers-off").mkdir()
    (nowhere / "layers-off/bpf-programs").touch()
    with pytest.raises(evidence.NotOursError, match="write block is not complete"):
        evidence.check(partition(), ENROLLED)


def test_a_refusal_is_recorded_once_for_each_reason() -> None:
    for reason in ("not on USB", "not on USB", "no enrolment"):
        evidence.note_refusal(partition(), "not_usb", reason)
    reasons = [json.loads(json.dumps(entry))["reason"] for entry in evidence.refused()]
    assert reasons == ["not on USB", "no enrolment"]


def test_the_machine_stays_on_while_the_evidence_stick_is_in_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(evidence, "close_evidence", lambda: {"open": True, "error": "busy"})
    monkeypatch.setattr(programs, "run", lambda *command: ran.append(command))
    assert requests.answer({"do": "power-off"}) == {"open": True, "error": "busy"}
    assert ran == []


class Kernel:
    """What the write block comes to: the map of devices that may be written, and the flags."""

    def __init__(self, *devices: BlockDevice) -> None:
        self.allowed: set[tuple[int, int]] = set()
        self.read_only = {device.node: True for device in devices}
        self.ever_allowed: list[set[tuple[int, int]]] = []

    def allow(self, major: int, minor: int) -> None:
        self.allowed.add((major, minor))
        self.ever_allowed.append(set(self.allowed))

    def disallow(self, major: int, minor: int) -> None:
        self.allowed.discard((major, minor))

    def run(self, *command: str) -> None:
        program, verb, node = command
        assert program == "blockdev"
        self.read_only[node] = verb == "--setro"


@pytest.fixture
def stick(monkeypatch: pytest.MonkeyPatch, nowhere: Path) -> tuple[Kernel, BlockDevice]:
    """An enrolled disk of three partitions beside a suspect's, and the one of them to open."""
    disk = partition(name="sdz", minor=400, partition_label="", partition_uuid="")
    mine = partition()
    others = [partition(name=f"sdz{n}", minor=400 + n, partition_label="EFI") for n in (2, 3)]
    suspect = partition(name="sda1", disk="sda", minor=1, by_usb=False)
    there = [disk, mine, *others, suspect]
    kernel = Kernel(*there)
    monkeypatch.setattr(evidence, "WRITABLE", nowhere / "writable")
    monkeypatch.setattr(evidence, "NUMBER", nowhere / "number")
    monkeypatch.setattr(
        block_devices,
        "attached",
        lambda: [
            dataclasses.replace(each, read_only=kernel.read_only[each.node]) for each in there
        ],
    )
    monkeypatch.setattr(block_devices, "described", lambda name: disk)
    for name in ("allow", "disallow", "run"):
        monkeypatch.setattr(programs, name, getattr(kernel, name))
    monkeypatch.setattr(programs, "allowed", lambda: {f"{a}:{b}" for a, b in kernel.allowed})
    return kernel, mine


def test_of_an_evidence_disk_the_one_partition_can_be_written_and_not_the_disk(
    stick: tuple[Kernel, BlockDevice],
) -> None:
    kernel, mine = stick
    kernel.read_only["/dev/sdz3"] = False  # as if the rule had missed it
    evidence.let_be_written(mine, block_devices.described("sdz"))
    assert kernel.allowed == {(mine.major, mine.minor)}
    assert not kernel.read_only[mine.node]
    assert [node for node, flag in kernel.read_only.items() if not flag] == ["/dev/sdz", mine.node]
    assert all(major_minor[1] in (400, 401) for each in kernel.ever_allowed for major_minor in each)


def test_when_it_is_closed_nothing_can_be_written_any_more(
    stick: tuple[Kernel, BlockDevice],
) -> None:
    kernel, mine = stick
    evidence.let_be_written(mine, block_devices.described("sdz"))
    evidence.take_leave_away()
    assert kernel.allowed == set()
    assert all(kernel.read_only.values())
    assert not list(evidence.WRITABLE.iterdir())
    assert not evidence.NUMBER.exists()


def test_a_partition_is_described_from_sysfs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk = tmp_path / "devices/pci/usb3/3-1/block/sdz"
    part = disk / "sdz1"
    part.mkdir(parents=True)
    (disk / "device").mkdir()
    (disk / "device/serial").write_text("S1\n")
    (disk / "dev").write_text("8:400\n")
    for name, value in (("dev", "8:401"), ("ro", "1"), ("partition", "1"), ("size", "2048")):
        (part / name).write_text(value + "\n")
    (part / "uevent").write_text(f"PARTNAME=SEEK-EVIDENCE\nPARTUUID={UUID.upper()}\n")
    links = tmp_path / "class"
    links.mkdir()
    (links / "sdz1").symlink_to(part)
    monkeypatch.setattr(block_devices, "SYSFS", links)
    assert block_devices.described("sdz1") == partition()


def test_what_each_guard_refused_is_told_by_its_kind_and_counted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = {
        "refused_opens": {"8:0": 1},
        "refused_characters": {"189:3": 2},
        "refused_commands": {"8:0": 4, "11:0": 8},
        "refused_mounts": {"0:0": 16, "8:0": 32},
        "refused_settings": {"0:0": 64},
    }
    monkeypatch.setattr(programs, "entries", lambda path: counts[Path(path).name])
    monkeypatch.setattr(write_block, "character_nodes", lambda: {"189:3": "1-2"})
    told = write_block.refusals([partition(name="sda", disk="sda", major=8, minor=0)])
    assert told["total"] == 127
    assert told["settings"] == 64
    assert told["characters"] == [{"number": "189:3", "node": "1-2", "count": 2}]
    assert told["commands"] == [
        {"number": "0:0", "node": "mounts", "count": 16},
        {"number": "11:0", "node": "", "count": 8},
        {"number": "8:0", "node": "/dev/sda", "count": 36},
    ]


def test_a_keyboard_that_does_not_load_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "es.kmap.gz").touch()
    said = "cannot open include file qwerty-layout"
    done = subprocess.CompletedProcess[str]((), 1, "", f"{said}\n")
    monkeypatch.setattr(requests, "KEYBOARDS", tmp_path)
    monkeypatch.setattr(programs, "run", lambda *command: done)
    answer = requests.answer({"do": "keyboard", "argument": "es"})
    assert answer == {"keyboard": "es", "loaded": False, "said": said}
