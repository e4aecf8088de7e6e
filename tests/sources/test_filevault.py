"""FileVault on APFS: a password opens it, and what is in it is read as if it were plain."""

import random
import struct
from pathlib import Path

import pytest

from tests.locked import filevault
from tests.making.apfs import BLOCK, Files, Made
from tests.sources.conftest import Open, digests, sha256
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import VolumeState
from triage.secret import Secret, fits, is_locked, typed, what_to_ask_for
from triage.sources import ContentError, Source
from triage.sources.encrypted import FILEVAULT

LARGE = random.Random(3).randbytes(1_200_000)
FILES: Files = {
    **{f"folder {n % 3}/{n:03}.txt": random.Random(n).randbytes(n * 97) for n in range(1, 40)},
    "large.bin": Made(LARGE, pieces=4),
    "a sparse one": Made(bytes(BLOCK) + b"x" * 5000, holes=(0,)),
}
CONTENTS = {path: made.content if isinstance(made, Made) else made for path, made in FILES.items()}
TOLD = {(path, ""): sha256(content) for path, content in CONTENTS.items()}


def _unlocked(source: Source, secret: Secret) -> tuple[Source, str]:
    """The same with the key, and what gave it."""
    locked = source.volumes[1]
    assert (locked.state, is_locked(locked)) == (VolumeState.ENCRYPTED, True)
    found = FILEVAULT.key_from(source.bytes_of(locked.id), secret)
    assert found is not None
    key, protector = found
    assert key == filevault.KEY
    path = Path(source.device.path)
    return Source(source.device, open_read_only(identify(path, "d0")), keys={locked.id: key}), (
        protector.id
    )


@pytest.mark.parametrize("moved", [0, -5, 7000])
def test_a_password_opens_it_and_all_that_is_in_it_is_read(
    moved: int, tmp_path: Path, opened: Open
) -> None:
    filevault.volume(tmp_path / "disk", FILES, moved=moved)
    source, by = _unlocked(opened(tmp_path / "disk"), typed(filevault.PASSWORD))
    assert by == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert digests(source) == TOLD
    assert [volume.state for volume in source.volumes] == ["container", "container", "readable"]
    plain = source.volumes[2]
    entries = {entry.path: entry for entry in source.walk(plain)}
    content = source.content(entries["large.bin"])
    assert content.read_at(299_990, 700_001) == LARGE[299_990:999_991]
    assert entries["large.bin"].storage == ("file_system" if moved else "runs")


def test_the_recovery_key_opens_it_too(tmp_path: Path, opened: Open) -> None:
    filevault.volume(tmp_path / "disk", FILES)
    source, by = _unlocked(opened(tmp_path / "disk"), typed(filevault.RECOVERY))
    assert by == "recovery key"
    assert digests(source) == TOLD


def test_a_snapshot_of_it_is_read(tmp_path: Path, opened: Open) -> None:
    before = {**FILES, "gone.txt": b"gone"}
    filevault.volume(tmp_path / "disk", FILES, earlier={"one": before})
    source, _ = _unlocked(opened(tmp_path / "disk"), typed(filevault.PASSWORD))
    gone = ("$Snapshots/one of 2023-11-14 22:13 UTC/gone.txt", "")
    assert digests(source) == {**TOLD, gone: sha256(b"gone")}


def test_without_it_what_to_ask_for_is_said(tmp_path: Path, opened: Open) -> None:
    filevault.volume(tmp_path / "disk", FILES)
    _, locked = opened(tmp_path / "disk").volumes
    assert "FileVault" in locked.reason
    assert "recovery key" in locked.reason
    assert what_to_ask_for(locked.protectors) == "the password"
    assert fits(typed("anything"), locked)


def test_another_password_does_not_open_it(tmp_path: Path, opened: Open) -> None:
    filevault.volume(tmp_path / "disk", FILES)
    source = opened(tmp_path / "disk")
    held = source.bytes_of(source.volumes[1].id)
    for wrong in ("correct horses", "", "x" * 5000):
        assert FILEVAULT.key_from(held, typed(wrong)) is None


def test_the_key_is_in_no_byte_that_a_file_could_lie_in(tmp_path: Path, opened: Open) -> None:
    """It is in the block that is made for it, and there no file lies."""
    filevault.volume(tmp_path / "disk", FILES)
    source, _ = _unlocked(opened(tmp_path / "disk"), typed(filevault.PASSWORD))
    plain = source.bytes_of(source.volumes[2].id)
    rest = plain.read_at(BLOCK, plain.size - BLOCK)
    assert filevault.KEY[:16] not in rest
    assert filevault.KEY[16:] not in rest


def _patched(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def test_a_flag_that_says_that_it_is_open_is_not_believed(tmp_path: Path, opened: Open) -> None:
    filevault.volume(tmp_path / "disk", FILES)
    raw = (tmp_path / "disk").read_bytes()
    from tests.making.apfs import summed

    at = next(n for n in range(0, len(raw), BLOCK) if raw[n + 32 : n + 36] == b"APSB")
    block = bytearray(raw[at : at + BLOCK])
    block[264:272] = struct.pack("<Q", 0x8 | 1 << 63)
    _patched(tmp_path / "disk", at, summed(bytes(block)))
    assert opened(tmp_path / "disk").volumes[1].state == VolumeState.ENCRYPTED


@pytest.mark.parametrize("which", [16, 17])
def test_a_damaged_keybag_is_said_to_be_damaged(which: int, tmp_path: Path, opened: Open) -> None:
    filevault.volume(tmp_path / "disk", FILES)
    _patched(tmp_path / "disk", which * BLOCK + 100, b"\xff" * 16)
    source = opened(tmp_path / "disk")
    held = source.bytes_of(source.volumes[1].id)
    with pytest.raises(ContentError, match="keybag is damaged"):
        FILEVAULT.key_from(held, typed(filevault.PASSWORD))


def test_another_key_gives_a_volume_that_does_not_open(tmp_path: Path, opened: Open) -> None:
    filevault.volume(tmp_path / "disk", FILES)
    locked = opened(tmp_path / "disk").volumes[1]
    device = identify(tmp_path / "disk", "d0")
    source = Source(device, open_read_only(device), keys={locked.id: bytes(range(32))})
    assert source.volumes[2].state == VolumeState.DAMAGED
