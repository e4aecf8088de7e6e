"""ext2/3/4 and FAT volumes, by the stock tools: mkfs.ext4 -d, debugfs, mkfs.fat, mtools."""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def make_ext(
    path: Path,
    size: int,
    files: Mapping[str, bytes] | Mapping[bytes, bytes],
    *,
    kind: str = "ext4",
    label: str = "",
    block: int = 4096,
    deleted: Sequence[str] = (),
    commands: Sequence[str] = (),
) -> None:
    """An ext volume with these files, some of them removed again, and debugfs's `commands` run."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for name, content in files.items():
            place = os.path.join(os.fsencode(folder), os.fsencode(name))  # noqa: PTH118
            os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
            with open(place, "wb") as file:  # noqa: PTH123
                file.write(content)
        make_ext_from(path, size, Path(folder), kind=kind, label=label, block=block)
    debugfs(path, [*(f'rm "/{name}"' for name in deleted), *commands])


def make_ext_from(
    path: Path, size: int, folder: Path, *, kind: str = "ext4", label: str = "", block: int = 4096
) -> None:
    """An ext volume that holds what the folder holds."""
    with path.open("wb") as file:
        file.truncate(size)
    subprocess.run(
        ["mkfs." + kind, "-q", "-F", "-b", str(block), "-E", "lazy_itable_init=0", "-L", label,
         "-d", str(folder), str(path)],
        check=True, capture_output=True,
    )  # fmt: skip


def debugfs(path: Path, commands: Sequence[str]) -> None:
    """Run commands in the volume, writing."""
    if commands:
        subprocess.run(
            ["debugfs", "-w", "-f", "-", str(path)],
            input="\n".join(commands).encode(),
            check=True,
            capture_output=True,
        )


def make_fat(
    path: Path,
    size: int,
    files: Mapping[str, bytes],
    *,
    bits: int = 32,
    label: str = "",
    deleted: Sequence[str] = (),
    sector: int = 512,
) -> None:
    """A FAT volume with these files, some of them deleted again."""
    with path.open("wb") as file:
        file.truncate(size)
    name = ["-n", label] if label else []
    subprocess.run(
        ["mkfs.fat", "-F", str(bits), "-S", str(sector), *name, str(path)],
        check=True,
        capture_output=True,
    )
    environment = os.environ | {"MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": os.devnull}
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        tops = set()
        for inner, content in files.items():
            place = Path(folder, inner)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            tops.add(Path(folder, inner.split("/")[0]))
        if tops:
            subprocess.run(
                ["mcopy", "-s", "-Q", "-i", str(path), *sorted(map(str, tops)), "::/"],
                check=True,
                capture_output=True,
                env=environment,
            )
    for inner in deleted:
        subprocess.run(
            ["mdel", "-i", str(path), f"::/{inner}"],
            check=True,
            capture_output=True,
            env=environment,
        )
