"""Situations of volumes and entries that are listed and not really read; images in tests/images."""

import lzma
import shutil
from pathlib import Path

from tests import disks
from tests.disks import MIB
from tests.endings.situations import FIRST, TEXT, Asked, asked, camera, situation
from tests.making.members import ddf, imsm
from tests.making.tables import Part, mbr
from triage.ending import Reason

IMAGES = Path(__file__).parents[2] / "images"


def unpacked(folder: Path, name: str) -> Path:
    """An image of tests/images."""
    path = folder / f"{name}.img"
    with lzma.open(IMAGES / f"{name}.xz") as packed, path.open("wb") as image:
        shutil.copyfileobj(packed, image, MIB)
    return path


def with_its_truth(folder: Path, name: str) -> Asked:
    """An image, and what is on it as a hash set."""
    truth = folder / "truth.md5"
    shutil.copyfile(IMAGES / f"{name}.truth.md5", truth)
    return Asked(sources=[unpacked(folder, name)], sets=[truth])


@situation("NTFS with EFS, cloud placeholders, deduplication and WOF", Reason.ENTRY_ENCRYPTED,
           Reason.ENTRY_ELSEWHERE, findings=4)  # fmt: skip
def ntfs_reparse(folder: Path) -> Asked:
    """A cloud's file that is on the device is found, and so is what Windows packed."""
    return with_its_truth(folder, "ntfs-reparse")


@situation("A folder that Linux encrypted (fscrypt)", Reason.ENTRY_ENCRYPTED, findings=1)
def fscrypt(folder: Path) -> Asked:
    """Four ciphertexts, and one file in clear."""
    return with_its_truth(folder, "ext4-fscrypt")


@situation("ext4 after a power cut, six files of it in the journal alone", findings=10)
def power_cut(folder: Path) -> Asked:
    """What is in the journal is laid over the volume in memory."""
    return with_its_truth(folder, "ext4-power-cut")


@situation("Files in use that no directory names (ext4)", findings=3)
def ext_without_names(folder: Path) -> Asked:
    """Deleted while they were open."""
    return with_its_truth(folder, "ext4-alloc-orphan")


@situation("Files in use that no directory names (NTFS)", findings=3)
def ntfs_without_names(folder: Path) -> Asked:
    """A record without a name."""
    return with_its_truth(folder, "ntfs-no-name")


@situation("A folder whose index is damaged", Reason.LIMIT, findings=8)
def lost_folder(folder: Path) -> Asked:
    """Its files are in use, and their records say so."""
    return with_its_truth(folder, "ntfs-orphans-lostdir-bad")


@situation("A file that Windows deleted while it was open", findings=3)
def deleted_while_open(folder: Path) -> Asked:
    """It lies in $Extend/$Deleted, and is a file like any other."""
    return with_its_truth(folder, "ntfs-extend-deleted")


@situation("FAT with names that break its rules", findings=4)
def fat_names(folder: Path) -> Asked:
    """Blanks inside short names."""
    return with_its_truth(folder, "fat-names-with-spaces")


@situation("A disc with a second session", findings=5)
def sessions(folder: Path) -> Asked:
    """Three pictures are in the second."""
    return with_its_truth(folder, "cd-multisession")


@situation("A disc with an empty ISO 9660 tree beside a full UDF tree", findings=4)
def udf_beside_iso(folder: Path) -> Asked:
    """Both trees are read."""
    return with_its_truth(folder, "iso-empty-udf-full")


@situation("NTFS with clusters of 128 KiB", findings=4)
def large_clusters(folder: Path) -> Asked:
    """It is read as any other."""
    return with_its_truth(folder, "ntfs-128k-clusters")


@situation("ext4 with bigalloc", findings=8)
def bigalloc(folder: Path) -> Asked:
    """It is read as any other."""
    return with_its_truth(folder, "ext4-bigalloc")


@situation("A file system whose beginning is wiped, and whose backup of it is whole", findings=18)
def wiped_beginning(folder: Path) -> Asked:
    """NTFS keeps its own in the last sector."""
    return with_its_truth(folder, "ntfs-boot-wiped")


@situation("A partition of a Windows dynamic disk", Reason.VOLUME_IN_PART, findings=4)
def dynamic_disk(folder: Path) -> Asked:
    """Its volume begins behind a MiB of zeros."""
    return with_its_truth(folder, "ldm-simple")


@situation("A Windows disk after `diskpart clean`", findings=5)
def cleaned(folder: Path) -> Asked:
    """The table is gone, and what it named begins behind 16 MiB of zeros."""
    return with_its_truth(folder, "win-gpt-cleaned")


@situation("One half of a Linux mirror", findings=4)
def linux_mirror(folder: Path) -> Asked:
    """All of it is there, from the first byte on."""
    return with_its_truth(folder, "md-raid1-1.0")


@situation("One half of an Intel mirror", findings=1)
def intel_mirror(folder: Path) -> Asked:
    """A table and a volume like those of any disk, and a mark at the end."""
    path = folder / "disk.img"
    disks.mbr_disk(path, [camera(folder, "part")], types=[0x01])
    imsm(path, [(1, 2)])
    return asked(folder, path, known=[FIRST])


@situation("One disk of an Intel RAID 0", Reason.VOLUME_UNSUPPORTED)
def intel_stripes(folder: Path) -> Asked:
    """Its table claims more than the disk holds, and every second stripe is on the other."""
    path = folder / "disk.img"
    disks.noise(path, 8 * MIB)
    with path.open("r+b") as disk:
        disk.write(mbr([Part(2048, 28 * 2048, 0x07)]))
    imsm(path, [(0, 2)])
    return asked(folder, path)


@situation("One disk of a RAID 5 of the format DDF", Reason.VOLUME_UNSUPPORTED)
def ddf_parity(folder: Path) -> Asked:
    """As servers' controllers make them."""
    path = folder / "disk.img"
    disks.noise(path, 8 * MIB)
    ddf(path, [(5, 3)])
    return asked(folder, path)


@situation("A partition table inside a partition", Reason.VOLUME_UNSUPPORTED)
def nested_table(folder: Path) -> Asked:
    """A whole disk was copied into a partition."""
    inner, outer = folder / "inner", folder / "outer.img"
    disks.gpt_disk(inner, [camera(folder, "part")])
    disks.gpt_disk(outer, [inner])
    return asked(folder, outer, known=[FIRST])


@situation("A large device that is zeros wherever it was looked", Reason.VOLUME_UNRECOGNISED)
def sampled_zeros(folder: Path) -> Asked:
    """Too large to be read before the search begins."""
    path = folder / "zeros.img"
    disks.zeros(path, 160 * MIB)
    return asked(folder, path)


@situation("A large device of zeros with a volume somewhere inside", Reason.VOLUME_UNRECOGNISED)
def between_samples(folder: Path) -> Asked:
    """Its content lies between the places that were looked at."""
    path = folder / "zeros.img"
    disks.zeros(path, 1 << 30)
    with path.open("r+b") as disk:
        disk.seek(100 * MIB + 8192)
        disk.write(FIRST)
    return asked(folder, path, known=[FIRST])


def cut(path: Path, size: int) -> None:
    """As a copy that ran out of room is."""
    with path.open("r+b") as image:
        image.truncate(size)


@situation("An image that was not copied to the end, all its listed files before the cut",
           Reason.VOLUME_IN_PART, findings=1)  # fmt: skip
def cut_off(folder: Path) -> Asked:
    """FAT by itself: its boot sector says how long it is."""
    path = camera(folder)
    cut(path, 3 * MIB)
    return asked(folder, path, known=[FIRST])


@situation("A disk whose second partition was not copied", Reason.VOLUME_DAMAGED, findings=1)
def cut_off_before_a_partition(folder: Path) -> Asked:
    """Of the second there is not one byte."""
    first, path = camera(folder, "part"), folder / "disk.img"
    second = folder / "second"
    disks.ext_volume(second, 8 * MIB, {"a.jpg": FIRST})
    offsets = disks.mbr_disk(path, [first, second], types=[0x01, 0x83])
    cut(path, offsets[1] - MIB // 2)
    return asked(folder, path, known=[FIRST])


@situation("Linux swap and an all-zero reserved partition beside a volume", Reason.NO_FILES)
def swap_and_reserved(folder: Path) -> Asked:
    """Both hold no files; neither is a reason for yellow."""
    swap, reserved = folder / "swap", folder / "reserved"
    disks.zeros(swap, 2 * MIB)
    with swap.open("r+b") as file:
        file.seek(4086)
        file.write(b"SWAPSPACE2")
    disks.zeros(reserved, 16 * MIB)
    path = folder / "pc.img"
    disks.gpt_disk(path, [camera(folder, "part"), swap, reserved],
                   types=["basic data", "swap", "reserved"])  # fmt: skip
    return asked(folder, path)


@situation("A directory that leads back to one that was listed")
def listed_again(folder: Path) -> Asked:
    """Nothing is missed by it: it is said, and does not colour."""
    path = folder / "loop.img"
    disks.ext_volume(path, 16 * MIB, {"a/b/one.txt": TEXT}, commands=["cd a/b", "ln /a again"])
    return asked(folder, path)


@situation("A table and a file system over the whole device beside it", Reason.UNCLAIMED_CONTENT,
           findings=1)  # fmt: skip
def table_over_file_system(folder: Path) -> Asked:
    """The device was formatted anew without a table, and the old one's copy is left at the end."""
    path = folder / "stick.img"
    disks.gpt_disk(path, [camera(folder, "part")])
    size = path.stat().st_size
    new = folder / "new"
    disks.fat_volume(new, size, {"NEW.TXT": TEXT}, bits=16)
    with path.open("r+b") as disk, new.open("rb") as source:
        disk.write(source.read(512))
    return asked(folder, path, known=[FIRST])


@situation("btrfs with packed files in a subvolume, and a snapshot of it", findings=16)
def btrfs_packed(folder: Path) -> Asked:
    """What the snapshot has as the subvolume has it is not listed again."""
    return with_its_truth(folder, "btrfs-packed")


@situation(
    "XFS after a power cut, of which what was written last is in the log alone", findings=278
)
def xfs_power_cut(folder: Path) -> Asked:
    """What is in the log is laid over the volume in memory."""
    return with_its_truth(folder, "xfs-power-cut")


@situation("LVM with volumes in pieces, in stripes and mirrored", findings=50)
def logical_volumes(folder: Path) -> Asked:
    """A table of their own is not what they need."""
    return with_its_truth(folder, "lvm")
