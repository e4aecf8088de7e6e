"""What the root helper answers to whoever asks for too much; and what it takes for ours."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

HELPER = Path(__file__).resolve().parents[2] / "image-build/overlay/usr/lib/seek"
sys.path.insert(0, str(HELPER))
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
