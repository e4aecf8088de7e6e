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
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.disks import exfat_volume, ext_volume, fat_volume, ntfs_volume
from tests.locked import veracrypt
from tests.making import hfsplus, ntfs, packed_by_windows, stacks
from tests.making.apfs import BLOCK, Made, MadeVolume, apfs_container, summed
from tests.making.dmg import dmg
from tests.making.packed_by_macos import by_lzvn
from tests.making.shadows import shadowed_volume
from tests.making.udf import udf_volume
from tests.workers import scanning
from tests.workers.scanning import Scanned
from triage.bundle.checking.verify import verify
from triage.coordinator.secrets_tried import Secrets
from triage.scan import scan
from triage.secret import typed

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
OWN = ("btrfs", "xfs", "xfs-log", "apfs", *IMAGES, "e01", "lvm", "md", "btrfs-raid0",
       "dmg", "hfs", "wof", "large-clusters", "shadows", "udf", "cd", "veracrypt")  # fmt: skip
"""What we read ourselves."""
SECRET = f"PIM=1:{veracrypt.PASSWORD.decode()}"
FILES = {
    f"{'home' if n % 2 else 'Users'}/u{n % 3}/file{n:02}.{'jpg' if n % 3 else 'txt'}": MARK
    * (1 + 150 * n)
    for n in range(24)
}


@dataclass(frozen=True, slots=True)
class Suspect:
    """What is flipped: one disk, or several of one file system."""

    disks: Sequence[bytes | bytearray]
    places: Sequence[tuple[int, int]]
    """Which disk, and where on it, of each sector whose bits may be flipped."""
    secrets: Secrets | None = None


def make_all(folder: Path) -> dict[str, Suspect]:
    """One small image of each file system."""
    _made_by_others(folder)
    held = {
        kind: [(folder / kind).read_bytes()] for kind in (*KINDS, *OWN) if kind in _names(folder)
    }
    held["btrfs-raid0"] = [_with_its_zeros(f"btrfs-raid0-{n}") for n in (1, 2)]
    held["cd"] = [lzma.decompress((GIVEN / "cd-multisession.xz").read_bytes())]
    held["dmg"] = [dmg(held["fat"][0], "zlib", "raw", "bzip2", "lzfse", "lzma", tables=2)]
    held |= _ntfs_of_our_own(folder)
    whole = {kind: Suspect(disks, metadata(disks)) for kind, disks in held.items()}
    whole["veracrypt"] = _veracrypt((folder / "small").read_bytes())
    return whole


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _with_its_zeros(name: str) -> bytes:
    """A device of tests/images, of which only some blocks are kept."""
    raw = lzma.decompress((GIVEN / f"{name}.blocks.xz").read_bytes())
    whole = bytearray(struct.unpack_from("<Q", raw)[0])
    for at in range(8, len(raw), 8 + 4096):
        (place,) = struct.unpack_from("<Q", raw, at)
        whole[place : place + 4096] = raw[at + 8 : at + 8 + 4096]
    return bytes(whole)


def _ntfs_of_our_own(folder: Path) -> dict[str, list[bytes]]:
    """What The Sleuth Kit does not read of NTFS: files that Windows packed, large clusters, shadow
    copies."""
    text = packed_by_windows.text(30_000)
    ntfs.make(folder / "wof", 8 * MIB)
    with ntfs.filling(folder / "wof") as volume:
        for number in (0, 2, 3):
            held = packed_by_windows.packed(text, packed_by_windows.UNITS[number])
            packed_by_windows.put(volume, f"/x{number}", len(text), held,
                                  packed_by_windows.point(number))  # fmt: skip
        held, plain = packed_by_windows.LZX["calls"]
        packed_by_windows.put(volume, "/lzx", len(plain), held, packed_by_windows.point(1))
    ntfs.make(folder / "large-clusters", 24 * MIB, cluster=128 << 10)
    with ntfs.filling(folder / "large-clusters") as volume:
        for number in range(12):
            volume.file(f"/{number}.txt", MARK * (1 + 400 * number), streams={"more": MARK * 90})

    def first(volume: ntfs.Filling) -> None:
        for number in range(12):
            volume.file(f"/{number}.txt", MARK * (1 + 400 * number))

    def second(volume: ntfs.Filling) -> None:
        for number in range(4):
            volume.delete(f"/{number}.txt")
        volume.append("/7.txt", MARK, 0)

    shadowed_volume(folder / "shadows", [first, second])
    kinds = ("wof", "large-clusters", "shadows")
    return {kind: [(folder / kind).read_bytes()] for kind in kinds}


def _veracrypt(plain: bytes) -> Suspect:
    """A volume and one hidden in it. Three of four bits are flipped in what is encrypted of the
    file system's own, the others in headers and their copies."""
    how = veracrypt.Made()
    whole = veracrypt.volume(plain, how, size=len(plain) + 4 * veracrypt.DATA)
    veracrypt.hide(
        whole, b"hidden".ljust(SECTOR), replace(how, key=veracrypt.HIDDEN_KEY, password=b"another")
    )
    own = [(0, veracrypt.DATA + at) for _, at in metadata([plain])]
    headers = [(0, at) for at in (0, len(whole) - veracrypt.DATA)]
    places = own + headers * (1 + len(own) // 6)
    return Suspect([bytes(whole)], places, Secrets(given=(typed(SECRET),)))


def _made_by_others(folder: Path) -> None:
    files = FILES
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
    udf_volume(folder / "udf", {f"{n}.txt": MARK * (1 + 60 * n) for n in range(12)},
               deleted=("3.txt",))  # fmt: skip
    text = MARK * 200
    units = [by_lzvn(text)]
    files_of_mac = {f"{n}.txt": hfsplus.Made(data=MARK * (1 + 60 * n)) for n in range(9)}
    for name, attribute, fork in (
        ("zlib", hfsplus.packed(3, len(text), zlib.compress(text)), b""),
        ("lzvn", hfsplus.packed(8, len(text)), hfsplus.bare_fork(units)),
    ):
        files_of_mac[name] = hfsplus.Made(
            attributes={hfsplus.PACKED: attribute}, resource=fork, flags=hfsplus.COMPRESSED
        )
    hfsplus.hfs_volume(folder / "hfs", files_of_mac, size=2 * MIB)
    ext_volume(folder / "small", MIB, {"a/b.txt": MARK * 900, "c.txt": MARK})


def metadata(disks: Sequence[bytes]) -> list[tuple[int, int]]:
    """The sectors that hold something that is no file's content: which disk, and where."""
    blank = bytes(SECTOR)
    return [
        (number, at)
        for number, disk in enumerate(disks)
        for at in range(0, len(disk), SECTOR)
        if disk[at : at + SECTOR] != blank and MARK not in disk[at : at + SECTOR]
    ]


def flipped(suspect: Suspect, seed: int) -> list[bytearray]:
    """Its disks with 1 to 200 bits of their metadata flipped; the first sectors more seldom."""
    chance = random.Random(seed)
    copies = [bytearray(disk) for disk in suspect.disks]
    for _ in range(chance.choice((1, 4, 20, 60, 200))):
        number, at = chance.choice(suspect.places)
        if at < 16 * SECTOR and chance.random() < 0.7:
            number, at = chance.choice(suspect.places)
        copy = copies[number]
        copy[min(at + chance.randrange(SECTOR), len(copy) - 1)] ^= 1 << chance.randrange(8)
    for copy, disk in zip(copies, suspect.disks, strict=True):
        if disk[32:36] == b"NXSB" and chance.random() < 0.7:
            _sum_again(copy, disk)
    return copies


def _sum_again(copy: bytearray, image: bytes | bytearray) -> None:
    """APFS believes no block whose sum is wrong: whoever means to hide something makes it right."""
    for at in range(0, len(copy), BLOCK):
        block = bytes(copy[at : at + BLOCK])
        if block != image[at : at + BLOCK] and any(block[:8]):
            copy[at : at + BLOCK] = summed(block)


def survives(
    disks: Sequence[bytearray], folder: Path, secrets: Secrets | None = None
) -> tuple[str, str]:
    """What is wrong with the scan's end (nothing is right), and how it went in a word."""
    paths = [folder / f"flipped{number}.img" for number in range(len(disks))]
    for path, disk in zip(paths, disks, strict=True):
        _write(path, disk)
    search = replace(scanning.search_of(*paths, out=folder / "out"), secrets=secrets)
    scanned = Scanned(scan(search, tell=lambda _: None))
    failed = verify(scanned.bundle).failed
    document = scanned.document
    states = {volume.state for volume in document.volumes}
    cut = any("cut short" in trouble.what for trouble in document.errors)
    word = "survey cut short" if cut else "readable" if "readable" in states else "not readable"
    shutil.rmtree(folder / "out")
    return (f"step {failed.number}: {failed.detail}" if failed else ""), word


def _write(path: Path, disk: bytearray) -> None:
    """Without its zeros."""
    blank = bytes(MIB)
    with path.open("wb") as image:
        image.truncate(len(disk))
        for at in range(0, len(disk), MIB):
            if (piece := disk[at : at + MIB]) != blank:
                image.seek(at)
                image.write(piece)


def main() -> int:
    """Flip, scan and verify so many times."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    kinds = sys.argv[3:] or [*KINDS, *OWN]
    with tempfile.TemporaryDirectory(prefix="seek-flips-") as scratch:
        return _flip(make_all(Path(scratch)), Path(scratch), kinds, range(first, first + count))


def _flip(suspects: Mapping[str, Suspect], folder: Path, kinds: Sequence[str], seeds: range) -> int:
    wrong, went, longest = 0, Counter[str](), (0.0, "")
    for done, seed in enumerate(seeds, 1):
        kind = kinds[seed % len(kinds)]
        suspect = suspects[kind]
        begun = time.monotonic()
        try:
            trouble, word = survives(flipped(suspect, seed), folder, suspect.secrets)
        except Exception as error:  # noqa: BLE001 - counted, and the next one tried
            trouble, word = f"{type(error).__name__}: {error}", "failed"
            shutil.rmtree(folder / "out", ignore_errors=True)
        longest = max(longest, (time.monotonic() - begun, f"{kind}, seed {seed}"))
        went[f"{kind}: {word}"] += 1
        if word == "survey cut short":
            print(f"seed {seed} ({kind}): survey cut short", flush=True)
        if trouble:
            wrong += 1
            print(f"seed {seed} ({kind}): {trouble}", flush=True)
        if done % 50 == 0:
            print(f"{done - wrong} of {done} valid", flush=True)
    print(f"{len(seeds) - wrong} of {len(seeds)} end with a valid bundle; "
          f"the longest took {longest[0]:.1f} s ({longest[1]})")  # fmt: skip
    for word, times in sorted(went.items()):
        print(f"  {word}: {times}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
