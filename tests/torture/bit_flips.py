"""Random bit flips in the metadata of small images. `python -m tests.torture.bit_flips 1000`, or
`… 1000 0 btrfs` for one kind from that seed on.

Every flipped image must end with a bundle that verifies, whatever can still be read of it.
"""

import lzma
import random
import shutil
import struct
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.disks import exfat_volume, ext_volume, fat_volume, ntfs_volume
from tests.making import stacks
from tests.making.apfs import BLOCK, Made, MadeVolume, apfs_container, summed
from tests.workers import scanning
from triage.bundle.checking.verify import verify

MIB = 1 << 20
GIVEN = Path(__file__).parents[1] / "images"
MARK = b"seek-content----"
SECTOR = 512
KINDS = ("ntfs", "ext4", "fat", "exfat")
IMAGES = {
    "qcow2": ("qcow2", "-c"),
    "vhd": ("vpc",),
    "vhdx": ("vhdx",),
    "vmdk": ("vmdk",),
    "vdi": ("vdi",),
}
OWN = ("btrfs", "xfs", "xfs-log", "apfs", *IMAGES, "e01", "lvm", "md")
"""What we read ourselves."""


def make_all(folder: Path) -> dict[str, bytearray]:
    """One small image of each file system."""
    files = {
        f"{'home' if n % 2 else 'Users'}/u{n % 3}/file{n:02}.{'jpg' if n % 3 else 'txt'}": MARK
        * (1 + 150 * n)
        for n in range(24)
    }
    upper = {name.upper(): content for name, content in files.items()}
    ntfs_volume(folder / "ntfs", 8 * MIB, files, streams={(next(iter(files)), "ads"): MARK * 900},
                deleted=["home/u1/file01.jpg"])  # fmt: skip
    ext_volume(folder / "ext4", 8 * MIB, files)
    fat_volume(folder / "fat", 40 * MIB, upper, deleted=["HOME/U1/FILE01.JPG"])
    exfat_volume(folder / "exfat", 8 * MIB, files, fragmented=["home/u2/file05.jpg"])
    stacks.btrfs_volume(folder / "btrfs", files)
    now = dict(list(files.items())[:-1])
    packed = {b"com.apple.decmpfs": b"fpmc" + struct.pack("<IQ", 3, 5) + b"\xff" + MARK[:5]}
    apfs_container(
        folder / "apfs",
        [
            MadeVolume(
                {**now, "p": Made(flags=0x20, attributes=packed)}, earlier=[("before", files)]
            )
        ],
        size=4 * MIB,
    )
    stacks.xfs_volume(folder / "xfs", files)
    (folder / "xfs-log").write_bytes(lzma.decompress((GIVEN / "xfs-power-cut.xz").read_bytes()))
    for kind, (form, *options) in IMAGES.items():
        stacks.run("qemu-img", "convert", "-O", form, *options, folder / "fat", folder / kind)
    stacks.md_member(folder / "md", (folder / "fat").read_bytes())
    (folder / "lvm").write_bytes(lzma.decompress((GIVEN / "lvm.xz").read_bytes()))
    case = folder / "case"
    stacks.run("ewfacquire", "-u", "-q", "-c", "deflate:best", "-t", case, folder / "fat")
    (folder / "case.E01").rename(folder / "e01")
    return {kind: bytearray((folder / kind).read_bytes()) for kind in (*KINDS, *OWN)}


def metadata(image: bytes | bytearray) -> list[int]:
    """Offsets of the sectors that hold something that is no file's content."""
    blank = bytes(SECTOR)
    return [
        at
        for at in range(0, len(image), SECTOR)
        if image[at : at + SECTOR] != blank and MARK not in image[at : at + SECTOR]
    ]


def flipped(image: bytes | bytearray, places: list[int], seed: int) -> bytearray:
    """The image with 1 to 200 bits of its metadata flipped; the first sectors more seldom."""
    chance = random.Random(seed)
    copy = bytearray(image)
    for _ in range(chance.choice((1, 4, 20, 60, 200))):
        at = chance.choice(places)
        if at < 16 * SECTOR and chance.random() < 0.7:
            at = chance.choice(places)
        copy[min(at + chance.randrange(SECTOR), len(copy) - 1)] ^= 1 << chance.randrange(8)
    if image[32:36] == b"NXSB" and chance.random() < 0.7:
        _sum_again(copy, image)
    return copy


def _sum_again(copy: bytearray, image: bytes | bytearray) -> None:
    """APFS believes no block whose sum is wrong: whoever means to hide something makes it right."""
    for at in range(0, len(copy), BLOCK):
        block = bytes(copy[at : at + BLOCK])
        if block != image[at : at + BLOCK] and any(block[:8]):
            copy[at : at + BLOCK] = summed(block)


def survives(image: bytearray, folder: Path) -> tuple[str, str]:
    """What is wrong with the scan's end (nothing is right), and how it went in a word."""
    suspect = folder / "flipped.img"
    suspect.write_bytes(image)
    scanned = scanning.run(suspect, out=folder / "out")
    failed = verify(scanned.bundle).failed
    document = scanned.document
    states = {volume.state for volume in document.volumes}
    cut = any("cut short" in trouble.what for trouble in document.errors)
    word = "survey cut short" if cut else "readable" if "readable" in states else "not readable"
    shutil.rmtree(folder / "out")
    return (f"step {failed.number}: {failed.detail}" if failed else ""), word


def main() -> int:
    """Flip, scan and verify so many times."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    kinds = sys.argv[3:] or [*KINDS, *OWN]
    wrong, went, longest = 0, Counter[str](), 0.0
    with tempfile.TemporaryDirectory(prefix="seek-flips-") as scratch:
        folder = Path(scratch)
        images = make_all(folder)
        places = {kind: metadata(image) for kind, image in images.items()}
        for seed in range(first, first + count):
            kind = kinds[seed % len(kinds)]
            begun = time.monotonic()
            try:
                trouble, word = survives(flipped(images[kind], places[kind], seed), folder)
            except Exception as error:  # noqa: BLE001 - counted, and the next one tried
                trouble, word = f"{type(error).__name__}: {error}", "failed"
                shutil.rmtree(folder / "out", ignore_errors=True)
            longest = max(longest, time.monotonic() - begun)
            went[f"{kind}: {word}"] += 1
            if trouble:
                wrong += 1
                print(f"seed {seed} ({kind}): {trouble}", flush=True)
            if (seed - first + 1) % 50 == 0:
                print(f"{seed - first + 1 - wrong} of {seed - first + 1} valid", flush=True)
    print(f"{count - wrong} of {count} end with a valid bundle; the longest took {longest:.1f} s")
    for word, times in sorted(went.items()):
        print(f"  {word}: {times}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
