"""On Debian's forensics samples we find all that The Sleuth Kit's own commands can recover."""

import hashlib
import lzma
import re
import subprocess
from pathlib import Path

import pytest

from tests.sources.conftest import Open, digest
from triage.evidence import FileEntry, Storage, Volume
from triage.sources import Source
from triage.sources.tsk import NAMES

SAMPLES = Path("/usr/share/forensics-samples")
LINE = re.compile(r"(?P<kinds>\S/\S) (?P<gone>\* )?(?P<address>[\d-]+)(?P<again>\(realloc\))?:\t")
SUPPORTED = ("ntfs", "vfat", "exfat", "ext2", "ext4", "multiple")

pytestmark = pytest.mark.skipif(
    not (SAMPLES / "original-files").is_dir(),
    reason="install forensics-samples-{ntfs,vfat,exfat,ext2,ext4,multiple,files} to run this",
)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    for name in SUPPORTED:
        packed = SAMPLES / f"fs.{name}.xz"
        if packed.exists():
            (folder / name).write_bytes(lzma.decompress(packed.read_bytes()))
    return folder


@pytest.fixture(scope="module")
def originals() -> dict[str, str]:
    """SHA-256 to the path of every original file."""
    folders = (SAMPLES / "original-files", SAMPLES / "original-multiple")
    return {
        hashlib.sha256(path.read_bytes()).hexdigest(): str(path.relative_to(folder))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.stat().st_size
    }


def _image(images: Path, name: str) -> Path:
    if not (images / name).exists():
        pytest.skip(f"forensics-samples-{name} is not installed")
    return images / name


def _fls(image: Path, volume: Volume) -> list[tuple[str, str]]:
    """(address as fls writes it, path) of all that is not a directory and not made up."""
    done = subprocess.run(
        ["fls", "-r", "-p", "-o", str(volume.offset // 512), str(image)],
        capture_output=True,
        check=True,
    )
    found = []
    for line in done.stdout.decode(errors="backslashreplace").splitlines():
        match = LINE.match(line)
        if match and match["kinds"][2] in "r-" and not match["again"]:
            found.append((match["address"], line[match.end() :]))
    return found


def _icat(image: Path, volume: Volume, address: str) -> bytes:
    command = ["icat", "-o", str(volume.offset // 512), str(image), address]
    return subprocess.run(command, capture_output=True, check=False).stdout


def _address(entry: FileEntry) -> str:
    """As icat wants it, with type and id of the attribute where there is one."""
    if entry.attribute_type > 1:
        return f"{entry.meta_address}-{entry.attribute_type}-{entry.attribute_id}"
    return str(entry.meta_address)


def _readable(source: Source) -> list[Volume]:
    """Those that The Sleuth Kit reads too."""
    readable = [volume for volume in source.volumes if volume.state == "readable"]
    return [volume for volume in readable if volume.file_system in NAMES]


@pytest.mark.parametrize("name", SUPPORTED)
def test_every_original_that_the_sleuth_kit_recovers_is_found(
    name: str, images: Path, originals: dict[str, str], opened: Open
) -> None:
    image = _image(images, name)
    source = opened(image)
    theirs: set[str] = set()
    ours: set[str] = set()
    for volume in _readable(source):
        for address, _ in _fls(image, volume):
            theirs.add(hashlib.sha256(_icat(image, volume, address)).hexdigest())
        ours.update(digest(source, e) for e in source.walk(volume) if e.storage is not Storage.NONE)
    recovered, found = theirs & originals.keys(), ours & originals.keys()
    print(f"{name}: fls and icat recover {len(recovered)} of the originals; found {len(found)}")
    assert recovered
    assert recovered <= found, sorted(originals[sha] for sha in recovered - found)


@pytest.mark.parametrize("name", SUPPORTED)
def test_the_digest_of_every_readable_entry_is_that_of_icat(
    name: str, images: Path, opened: Open
) -> None:
    image = _image(images, name)
    source = opened(image)
    compared = 0
    for volume in _readable(source):
        for entry in source.walk(volume):
            if entry.storage is Storage.NONE:
                continue
            theirs = hashlib.sha256(_icat(image, volume, _address(entry))).hexdigest()
            assert digest(source, entry) == theirs, entry.shown_path
            compared += 1
    print(f"{name}: {compared} entries have the digest that icat's output has")
    assert compared


@pytest.mark.parametrize("name", SUPPORTED)
def test_the_walk_names_all_that_fls_names(name: str, images: Path, opened: Open) -> None:
    image = _image(images, name)
    source = opened(image)
    for volume in _readable(source):
        ours = {entry.shown_path for entry in source.walk(volume)}
        missing = {path for _, path in _fls(image, volume) if path not in ours}
        own = {path for path in missing if path.startswith("$")}
        assert missing - own == set()


def test_every_original_on_a_btrfs_is_found(
    images: Path, originals: dict[str, str], opened: Open
) -> None:
    """Of the disk with many file systems."""
    source = opened(_image(images, "multiple"))
    (volume,) = [v for v in source.volumes if (v.file_system, v.state) == ("btrfs", "readable")]
    found = {digest(source, e) for e in source.walk(volume) if e.storage is not Storage.NONE}
    assert len(found & originals.keys()) == 2
