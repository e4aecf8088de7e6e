"""Images of disks in other forms than raw: byte for byte what their own tools make of them."""

import hashlib
import random
import struct
import subprocess
from pathlib import Path

import pytest

from tests.disks import ext_volume, gpt_disk
from tests.making.stacks import MIB, run
from tests.sources.conftest import Open, Unpacked, digests, sha256
from triage.devices.images import format_of
from triage.errors import SourceError
from triage.evidence import Volume
from triage.sources import Source

FILES = {f"f{n:02}.txt": bytes([65 + n]) * (n * 997 + 1) for n in range(60)}
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "qcow2": ("qcow2", ()),
    "qcow2 packed": ("qcow2", ("-c",)),
    "qcow2 packed by Zstandard": ("qcow2", ("-c", "-o", "compression_type=zstd")),
    "qcow2 of 2": ("qcow2", ("-o", "compat=0.10")),
    "qcow2 in small clusters": ("qcow2", ("-o", "cluster_size=512")),
    "vhd": ("vpc", ()),
    "vhd, fixed": ("vpc", ("-o", "subformat=fixed")),
    "vhdx": ("vhdx", ()),
    "vmdk": ("vmdk", ()),
    "vmdk packed": ("vmdk", ("-o", "subformat=streamOptimized")),
    "vdi": ("vdi", ()),
}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A disk with a table, holes, and content that does not pack."""
    ext_volume(tmp_path / "ext", 8 * MIB, FILES)
    noise = random.Random(1).randbytes(3 * MIB)
    ext_volume(tmp_path / "other", 24 * MIB, {"noise": noise})
    gpt_disk(tmp_path / "raw", [tmp_path / "ext", tmp_path / "other"])
    return tmp_path / "raw"


def _whole(source: Source) -> tuple[int, str]:
    """Size and digest of all that the layer gives."""
    inside = [volume for volume in source.volumes if volume.inside == "d0v1"]
    sha, size = hashlib.sha256(), 0
    for volume in inside:
        held = source.bytes_of(volume.id)
        for at in range(0, held.size, MIB):
            sha.update(held.read_at(at, MIB))
        size += held.size
    return size, sha.hexdigest()


def _read(source: Source) -> dict[str, str]:
    return {path: sha for (path, _), sha in digests(source).items() if path in FILES}


@pytest.mark.parametrize("form", FORMS)
def test_an_image_is_what_its_own_tool_makes_of_it(
    form: str, raw: Path, tmp_path: Path, opened: Open
) -> None:
    kind, options = FORMS[form]
    run("qemu-img", "convert", "-f", "raw", "-O", kind, *options, raw, tmp_path / "image")
    run("qemu-img", "convert", "-f", kind, "-O", "raw", tmp_path / "image", tmp_path / "back")
    source = opened(tmp_path / "image")
    assert source.volumes[0].state == "container"
    back = (tmp_path / "back").read_bytes()
    assert _whole(source) == (len(back), sha256(back))
    assert _read(source) == {name: sha256(content) for name, content in FILES.items()}


@pytest.mark.parametrize("parts", [1, 3])
def test_an_e01_is_the_disk_that_it_was_made_of(
    parts: int, raw: Path, tmp_path: Path, opened: Open
) -> None:
    """Packed where that is worth it, in one file or in several."""
    size = str(MIB * 40) if parts == 1 else str(MIB)
    run("ewfacquire", "-u", "-q", "-c", "deflate:best", "-t", tmp_path / "case", "-S", size, raw)
    first = tmp_path / "case.E01"
    source = opened(first)
    content = raw.read_bytes()
    assert _whole(source) == (len(content), sha256(content))
    assert bool(source.device.parts) == (parts > 1)
    assert _read(source) == {name: sha256(content) for name, content in FILES.items()}


def test_a_part_of_an_e01_that_is_missing_is_no_content(
    raw: Path, tmp_path: Path, opened: Open
) -> None:
    run("ewfacquire", "-u", "-q", "-t", tmp_path / "case", "-S", str(MIB), raw)
    for part in sorted(tmp_path.glob("case.E*"))[1:]:
        part.unlink()
    source = opened(tmp_path / "case.E01")
    assert "parts of the image are not here" in source.volumes[0].told
    told = set(_read(source).values()) - {sha256(content) for content in FILES.values()}
    assert all("missing" in each or "read" in each or "content" in each for each in told)
    size, _ = (sum(v.size for v in source.volumes if v.inside == "d0v1"), 0)
    assert size == raw.stat().st_size


def test_a_part_that_is_missing_before_another_is_refused(
    raw: Path, tmp_path: Path, opened: Open
) -> None:
    run("ewfacquire", "-u", "-q", "-c", "none", "-t", tmp_path / "case", "-S", str(MIB), raw)
    (tmp_path / "case.E03").unlink()
    with pytest.raises(SourceError, match=r"Part .E03 of the split image case is missing"):
        opened(tmp_path / "case.E01")


def test_what_was_changed_in_an_e01_is_not_read(raw: Path, tmp_path: Path, opened: Open) -> None:
    run("ewfacquire", "-u", "-q", "-c", "deflate:none", "-t", tmp_path / "case", raw)
    image = bytearray((tmp_path / "case.E01").read_bytes())
    at = image.index(FILES["f59.txt"][:4000])
    image[at] ^= 1
    (tmp_path / "case.E01").write_bytes(image)
    told = _read(opened(tmp_path / "case.E01"))
    assert "damaged" in told["f59.txt"]


@pytest.mark.parametrize("form", ["E01", "qcow2", "vhd", "vmdk"])
def test_what_other_people_made_is_read(form: str, unpacked: Unpacked, opened: Open) -> None:
    """dfvfs' test data: the same ext2 in each."""
    source = opened(unpacked(f"ext2.{form}"))
    assert [volume.file_system for volume in source.volumes[:2]] == [
        {"E01": "e01"}.get(form, form), "ext2"]  # fmt: skip
    assert ("passwords.txt", "") in digests(source)


def _only(source: Source) -> Volume:
    (volume,) = source.volumes
    return volume


@pytest.mark.parametrize("kind", ["qcow2", "vmdk", "vpc", "vhdx", "vdi"])
def test_an_image_upon_another_is_named_with_it(
    kind: str, raw: Path, tmp_path: Path, opened: Open
) -> None:
    if kind in ("qcow2", "vmdk"):
        run("qemu-img", "convert", "-O", kind, raw, tmp_path / "first.img")
        command = ["qemu-img", "create", "-q", "-f", kind, "-b", "first.img", "-F", kind, "upon"]
        subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
    else:
        run("qemu-img", "convert", "-O", kind, raw, tmp_path / "upon")
        _say_that_it_differs(tmp_path / "upon", kind)
    volume = _only(opened(tmp_path / "upon"))
    assert volume.state == "unsupported"
    assert "differs from another image" in volume.reason
    assert kind not in ("qcow2", "vmdk") or "first.img" in volume.reason


def _say_that_it_differs(path: Path, kind: str) -> None:
    """No tool here makes such: by hand."""
    image = bytearray(path.read_bytes())
    if kind == "vpc":
        for at in (0, len(image) - 512):
            struct.pack_into(">I", image, at + 60, 4)
            footer = image[at : at + 512]
            struct.pack_into(">I", image, at + 64, ~(sum(footer) - sum(footer[64:68])) & 0xFFFFFFFF)
    elif kind == "vhdx":
        guid = bytes.fromhex("376718ca36fa4d43b3b633f0aa44e76b".upper())
        guid = bytes.fromhex("3767a1ca36fa434db3b633f0aa44e76b") if guid not in image else guid
        at = image.index(guid)
        table = image.rindex(b"metadata", 0, at)
        struct.pack_into("<I", image, table + struct.unpack_from("<I", image, at + 16)[0] + 4, 2)
    else:
        struct.pack_into("<I", image, 76, 4)
    path.write_bytes(image)


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("form", ["dynamic", "fixed"])
def test_a_disk_that_only_ends_as_a_vhd_does_hides_nothing(
    form: str, table: bool, raw: Path, tmp_path: Path, opened: Open
) -> None:
    """Whose footer speaks of another disk: an empty one, or one of a MiB."""
    other = tmp_path / "other.vhd"
    run("qemu-img", "create", "-f", "vpc", "-o", f"subformat={form}", other, "1M")
    held = raw if table else tmp_path / "ext"
    (tmp_path / "disk").write_bytes(held.read_bytes() + other.read_bytes())
    assert set(_read(opened(tmp_path / "disk"))) == set(FILES)


def test_an_encrypted_qcow2_is_named(tmp_path: Path, raw: Path, opened: Open) -> None:
    run("qemu-img", "convert", "-O", "qcow2", raw, tmp_path / "image")
    image = bytearray((tmp_path / "image").read_bytes())
    struct.pack_into(">I", image, 32, 2)
    (tmp_path / "image").write_bytes(image)
    assert "encrypted" in _only(opened(tmp_path / "image")).reason


@pytest.mark.parametrize(
    ("form", "told"),
    [("qed", "QED (QEMU)"), ("parallels", "HDD (Parallels)")],
)
def test_a_form_that_is_not_read_is_refused_by_its_name(
    form: str, told: str, tmp_path: Path, raw: Path
) -> None:
    run("qemu-img", "convert", "-O", form, raw, tmp_path / "image")
    named = format_of(tmp_path / "image")
    assert named is not None
    assert named[0] == told


def test_the_first_version_of_qcow_is_named_and_no_more(
    tmp_path: Path, raw: Path, opened: Open
) -> None:
    run("qemu-img", "convert", "-O", "qcow", raw, tmp_path / "image")
    (volume,) = opened(tmp_path / "image").volumes
    assert volume.state == "unsupported"
    assert volume.told.endswith("its version 1 (qcow), which this version cannot read")


def test_snapshots_inside_a_qcow2_are_said_to_be_unread(
    tmp_path: Path, raw: Path, opened: Open
) -> None:
    run("qemu-img", "convert", "-O", "qcow2", raw, tmp_path / "image")
    run("qemu-img", "snapshot", "-c", "before", tmp_path / "image")
    (whole, *inside) = opened(tmp_path / "image").volumes
    assert any("1 snapshots of its own" in words for words in whole.unread)
    assert inside


@pytest.mark.parametrize("kind", ["qcow2", "vpc", "vhdx", "vmdk", "vdi"])
def test_an_image_that_was_cut_off_never_invents_content(
    kind: str, tmp_path: Path, raw: Path, opened: Open
) -> None:
    run("qemu-img", "convert", "-O", kind, raw, tmp_path / "image")
    image = (tmp_path / "image").read_bytes()
    (tmp_path / "image").write_bytes(image[: len(image) // 2])
    source = opened(tmp_path / "image")
    right = {sha256(content) for content in FILES.values()}
    assert all(len(each) != 64 or each in right for each in _read(source).values())
