"""Nothing is ever written to what is being scanned. The sysfs of these tests is drawn by hand."""

import os
from pathlib import Path

import pytest

from tests.bundle import samples
from triage.bundle.writing import backing, place
from triage.bundle.writing.writer import BundleWriter
from triage.errors import EvidenceStickError
from triage.evidence import Device, SourceKind


def folder(path: Path) -> Device:
    return Device(id="d0", kind=SourceKind.DIRECTORY, path=str(path), size=0)


def test_a_folder_is_not_written_into_itself(tmp_path: Path) -> None:
    source = tmp_path / "evidence"
    (source / "deep").mkdir(parents=True)
    for destination in (source, source / "deep", source / "new" / "folder"):
        with pytest.raises(EvidenceStickError, match="being scanned"):
            BundleWriter(destination, samples.CASE, [folder(source)])
    BundleWriter(tmp_path / "beside", samples.CASE, [folder(source)])
    assert list(source.rglob("*")) == [source / "deep"]


def test_a_link_into_the_evidence_is_seen_through(tmp_path: Path) -> None:
    source = tmp_path / "evidence"
    source.mkdir()
    (tmp_path / "innocent").symlink_to(source)
    with pytest.raises(EvidenceStickError, match="being scanned"):
        BundleWriter(tmp_path / "innocent" / "out", samples.CASE, [folder(source)])


def test_a_link_to_the_evidence_as_source_is_seen_through(tmp_path: Path) -> None:
    source = tmp_path / "evidence"
    source.mkdir()
    (tmp_path / "alias").symlink_to(source)
    with pytest.raises(EvidenceStickError, match="being scanned"):
        BundleWriter(source / "out", samples.CASE, [folder(tmp_path / "alias")])


def test_an_image_beside_the_bundle_is_no_danger(tmp_path: Path) -> None:
    BundleWriter(tmp_path, samples.CASE, [samples.image(tmp_path)])


def test_a_file_is_no_place_for_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EvidenceStickError, match="not a folder"):
        BundleWriter(tmp_path / "file" / "out", samples.CASE, [])


def test_a_device_that_is_gone_stops_the_writing(tmp_path: Path) -> None:
    gone = Device(id="d0", kind=SourceKind.DEVICE, path=str(tmp_path / "sdz"), size=1)
    with pytest.raises(EvidenceStickError, match="Cannot tell"):
        BundleWriter(tmp_path, samples.CASE, [gone])


class Sysfs:
    """A machine drawn in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "sys/dev/block").mkdir(parents=True)
        (root / "proc/self").mkdir(parents=True)
        (root / "proc/self/mountinfo").write_text("")

    def disk(self, name: str, number: str, *, parent: str = "") -> Path:
        block = self.root / "sys/devices" / parent / name
        block.mkdir(parents=True)
        (block / "dev").write_text(f"{number}\n")
        if parent:
            (block / "partition").write_text("1\n")
        (self.root / "sys/dev/block" / number).symlink_to(block)
        return block

    def backing(self) -> backing.Backing:
        return backing.Backing(sys=self.root / "sys", proc=self.root / "proc")

    def under(self, number: str) -> set[str]:
        made = self.backing()
        made.add_block(number)
        return made.blocks


@pytest.fixture
def sysfs(tmp_path: Path) -> Sysfs:
    return Sysfs(tmp_path)


def test_a_partition_rests_on_its_disk(sysfs: Sysfs) -> None:
    sysfs.disk("sda", "8:0")
    sysfs.disk("sda1", "8:1", parent="sda")
    sysfs.disk("sda2", "8:2", parent="sda")
    assert sysfs.under("8:1") == {"8:1", "8:0"}
    assert sysfs.under("8:1") & sysfs.under("8:2") == {"8:0"}


def test_a_logical_volume_rests_on_every_member(sysfs: Sysfs) -> None:
    for name, number in (("sda", "8:0"), ("sdb", "8:16")):
        sysfs.disk(name, number)
        sysfs.disk(f"{name}1", number[:-1] + str(int(number[-1]) + 1), parent=name)
    mapped = sysfs.disk("dm-0", "254:0")
    (mapped / "slaves").mkdir()
    (mapped / "slaves/sda1").symlink_to(sysfs.root / "sys/devices/sda/sda1")
    (mapped / "slaves/sdb1").symlink_to(sysfs.root / "sys/devices/sdb/sdb1")
    assert sysfs.under("254:0") == {"254:0", "8:1", "8:0", "8:17", "8:16"}


def test_members_that_go_round_in_a_circle_end(sysfs: Sysfs) -> None:
    one, two = sysfs.disk("dm-0", "254:0"), sysfs.disk("dm-1", "254:1")
    for block, other in ((one, two), (two, one)):
        (block / "slaves").mkdir()
        (block / "slaves/x").symlink_to(other)
    assert sysfs.under("254:0") == {"254:0", "254:1"}


def test_a_loop_device_rests_on_its_file_and_what_holds_that(sysfs: Sysfs) -> None:
    image = sysfs.root / "image.dd"
    image.write_bytes(b"")
    holder = image.stat().st_dev
    sysfs.disk("sdq", f"{os.major(holder)}:{os.minor(holder)}")
    loop = sysfs.disk("loop0", "7:0")
    (loop / "loop").mkdir()
    (loop / "loop/backing_file").write_text(f"{image}\n")
    made = sysfs.backing()
    made.add_block("7:0")
    assert made.files == {(image.stat().st_dev, image.stat().st_ino)}
    assert f"{os.major(holder)}:{os.minor(holder)}" in made.blocks


def test_a_file_system_with_a_number_of_its_own_is_found_by_its_mount(sysfs: Sysfs) -> None:
    number = sysfs.root.stat().st_dev
    shown = f"{os.major(number)}:{os.minor(number)}"
    upper = Path("/proc/self")
    (sysfs.root / "proc/self/mountinfo").write_text(
        f"30 1 0:99 / /other rw - btrfs /dev/null rw\n"
        f"31 1 {shown} / / rw - overlay overlay rw,lowerdir=/a,upperdir={upper},workdir=/w\n"
    )
    made = sysfs.backing()
    assert made._sources_of_mount(shown) == [upper]
    assert made._sources_of_mount("0:99") == [Path("/dev/null")]
    made.add_path(sysfs.root)
    assert made.blocks == set()


def test_the_destination_is_looked_at_again_before_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(place, "refuse_evidence", lambda *given: asked.append(given))
    writer = BundleWriter(tmp_path, samples.CASE, [samples.image(tmp_path)])
    samples.fill(writer, 0)
    writer.abandon()
    assert len(asked) == 2
