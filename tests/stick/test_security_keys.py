"""Which HID devices are let in, what is noted of them, and that nothing else has their leave."""

import json
import sys
from pathlib import Path

import pytest

HELPER = Path(__file__).resolve().parents[2] / "image-build/overlay/usr/lib/seek"
sys.path.insert(0, str(HELPER))
from seek_stick import programs, security_keys  # noqa: E402


@pytest.fixture(autouse=True)
def leaves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> set[str]:
    """The map of leaves, as a set; one security key and one disk's door among the devices."""
    held: set[str] = set()
    monkeypatch.setattr(
        programs, "permit_character", lambda *number: held.add("{}:{}".format(*number))
    )
    monkeypatch.setattr(
        programs, "forget_character", lambda *number: held.discard("{}:{}".format(*number))
    )
    monkeypatch.setattr(programs, "permitted_characters", lambda: held)
    monkeypatch.setattr(security_keys, "NOTES", tmp_path / "security-keys.jsonl")
    monkeypatch.setattr(security_keys, "CHARACTER_DEVICES", tmp_path)
    for number, kind, name in (("240:0", "hidraw", "A Key"), ("21:0", "scsi_generic", "")):
        (tmp_path / number / "device").mkdir(parents=True)
        (tmp_path / number / "device/uevent").write_text(f"DRIVER=x\nHID_NAME={name}\n")
        (tmp_path / number / "subsystem").symlink_to(f"/sys/class/{kind}")
    return held


def test_a_key_that_comes_may_be_used_and_is_noted_after_it_went(leaves: set[str]) -> None:
    security_keys.permit(240, 0)
    assert leaves == {"240:0"}
    security_keys.forget(240, 0)
    assert leaves == set()
    assert security_keys.let_in() == ["240:0 (A Key)"]


def test_a_name_without_end_and_a_key_without_a_name_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "240:0/device/uevent").write_text("HID_NAME=" + "\u202e'\"\\" * 5000 + "\n")
    security_keys.permit(240, 0)
    security_keys.permit(240, 7)
    assert [len(note) < 100 for note in security_keys.let_in()] == [True, True]


def test_no_more_notes_are_read_than_a_report_can_hold() -> None:
    line = json.dumps({"number": "240:0", "name": "A Key"}) + "\n"
    security_keys.NOTES.write_text(line * 5000)
    assert len(security_keys.let_in()) == security_keys.MOST_NOTES


def test_the_self_test_names_what_has_leave_and_is_no_key(leaves: set[str]) -> None:
    leaves.update({"240:0", "21:0", "250:1"})
    assert security_keys.strangers() == [
        "21:0 may be opened and is no security key",
        "250:1 may be opened and is no security key",
    ]
