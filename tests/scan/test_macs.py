"""A Mac's disk in a whole scan, by workers without rights: APFS, and FileVault by its password."""

import hashlib
import zlib
from dataclasses import replace
from pathlib import Path
from struct import pack

import pytest

from tests import disks
from tests.demo import photographs
from tests.locked import filevault
from tests.making.apfs import Files, Made, MadeVolume, apfs_container
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.coordinator.secrets_tried import Secrets
from triage.evidence import Storage, VolumeState
from triage.findings import Outcome
from triage.scan import scan
from triage.secret import typed

ONE, TWO, THREE = photographs()[:3]


def test_what_is_plain_packed_and_only_in_a_snapshot_is_found(tmp_path: Path) -> None:
    packing = b"fpmc" + pack("<IQ", 4, len(TWO))
    units = [zlib.compress(TWO[at : at + 65536]) for at in range(0, len(TWO), 65536)]
    place, table = 4 + 8 * len(units), b""
    for unit in units:
        table += pack("<II", place, len(unit))
        place += len(unit)
    fork = pack(">IIII", 16, 0, 0, 0) + pack(">I", 0) + pack("<I", len(units)) + table
    attributes = {
        b"com.apple.decmpfs": packing,
        b"com.apple.ResourceFork": fork + b"".join(units),
    }
    now: Files = {
        "a/one.jpg": Made(ONE, pieces=2),
        "a/two.jpg": Made(flags=0x20, attributes=attributes),
    }
    before: Files = {**now, "a/three.jpg": THREE}
    volume = MadeVolume(now, earlier=[("2023-11-14", before)])
    apfs_container(tmp_path / "part", [MadeVolume({}, name="empty"), volume])
    disks.gpt_disk(tmp_path / "disk", [tmp_path / "part"])
    known = tmp_path / "known.txt"
    known.write_text("".join(f"{hashlib.sha256(each).hexdigest()}\n" for each in (ONE, TWO, THREE)))
    scanned = scanning.run(tmp_path / "disk", out=tmp_path / "out", hash_sets=(known,))
    found = {each.entry.path: each.entry for each in scanned.document.findings}
    snapshot = "$Snapshots/2023-11-14 of 2023-11-14 22:13 UTC"
    assert set(found) == {"a/one.jpg", "a/two.jpg", f"{snapshot}/a/three.jpg"}
    assert found["a/two.jpg"].storage is Storage.FILE_SYSTEM
    container = next(v for v in scanned.document.volumes if v.state is VolumeState.CONTAINER)
    run = found["a/one.jpg"].runs[0]
    at = container.offset + run.offset
    assert (tmp_path / "disk").read_bytes()[at : at + run.length] == ONE[: run.length]
    assert verify(scanned.bundle).failed is None


@pytest.mark.parametrize("moved", [0, 99])
def test_a_password_opens_filevault_in_a_scan(moved: int, tmp_path: Path) -> None:
    filevault.volume(tmp_path / "disk", {"one.jpg": ONE, "two.jpg": TWO}, moved=moved)
    search = scanning.search_of(tmp_path / "disk", out=tmp_path / "out")
    secrets = Secrets(given=(typed("not this one"), typed(filevault.PASSWORD)))
    told: list[object] = []
    sealed = scan(replace(search, secrets=secrets), tell=told.append)
    scanned = scanning.Scanned(sealed, [])
    assert scanned.line("one.jpg").result.outcome is Outcome.EXAMINED
    assert scanned.line("two.jpg").result.outcome is Outcome.EXAMINED
    (opened,) = scanned.document.unlocking
    assert opened.protector is not None
    assert opened.protector.id == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert verify(scanned.bundle).failed is None
    kept = b"".join(file.read_bytes() for file in scanned.bundle.rglob("*") if file.is_file())
    for secret in (filevault.KEY, filevault.KEY[:16], filevault.PASSWORD.encode()):
        assert secret not in kept
        assert secret.hex().encode() not in kept
