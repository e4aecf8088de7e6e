"""What lies under a path: the disks that a file system, and whatever is stacked under it, uses.

Sources: the kernel's sysfs (dev/block, slaves, loop) and proc_pid_mountinfo(5). Block devices are
named `major:minor`, as sysfs does.
"""

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

_DEEPEST = 16
"""Stacks (file on loop on LVM on MD …) deeper than this are not followed."""


@dataclass(slots=True, kw_only=True)
class Backing:
    """What one path rests on; `of_path` and `of_device` fill it."""

    blocks: set[str] = field(default_factory=set)
    """`major:minor` of every block device under it: partitions, their disks, dm and MD members."""
    files: set[tuple[int, int]] = field(default_factory=set)
    """(st_dev, st_ino) of files that are attached as loop devices under it."""
    through_files: bool = True
    """Go on below the file that a loop device is attached to."""
    sys: Path = Path("/sys")
    proc: Path = Path("/proc")

    def add_path(self, path: Path, depth: int = 0) -> None:
        """All that the file system holding `path` rests on."""
        number = _number(path.stat().st_dev)
        if (self.sys / "dev/block" / number).exists():
            self.add_block(number, depth)
            return
        # btrfs and overlay have a device number of their own; mountinfo says what is under them.
        for source in self._sources_of_mount(number):
            self._add_source(source, number, depth)

    def add_block(self, number: str, depth: int = 0) -> None:
        """A block device, the disk it is a part of, its members, and a loop device's file."""
        if number in self.blocks or depth > _DEEPEST:
            return
        self.blocks.add(number)
        folder = (self.sys / "dev/block" / number).resolve()
        if (folder / "partition").exists():
            self._follow(folder.parent / "dev", depth)
        for member in sorted(folder.glob("slaves/*")):
            self._follow(member / "dev", depth)
        if self.through_files:
            self._add_loop_file(folder / "loop/backing_file", depth)

    def _add_source(self, source: Path, number: str, depth: int) -> None:
        if depth > _DEEPEST or not source.exists():
            return
        status = source.stat()
        if stat.S_ISBLK(status.st_mode):
            self.add_block(_number(status.st_rdev), depth + 1)
        elif stat.S_ISDIR(status.st_mode) and _number(status.st_dev) != number:
            self.add_path(source, depth + 1)

    def _follow(self, dev: Path, depth: int) -> None:
        if dev.exists():
            self.add_block(dev.read_text(encoding="ascii").strip(), depth + 1)

    def _add_loop_file(self, attached: Path, depth: int) -> None:
        if not attached.exists():
            return
        name = attached.read_text(encoding="utf-8", errors="surrogateescape").rstrip("\n")
        if Path(name).exists():
            status = Path(name).stat()
            self.files.add((status.st_dev, status.st_ino))
            self.add_path(Path(name), depth + 1)

    def _sources_of_mount(self, number: str) -> list[Path]:
        sources: list[Path] = []
        mounts = self.proc / "self/mountinfo"
        for line in mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            fields = line.split(" ")
            if fields[2:3] != [number] or "-" not in fields:
                continue
            source, options = fields[fields.index("-") + 2 :][:2]
            names = [source, *re.findall(r"(?:^|,)upperdir=([^,]+)", options)]
            sources += [Path(_unescape(name)) for name in names if name.startswith("/")]
        return sources


def of_path(path: Path) -> Backing:
    """What the file system that holds `path` rests on. Raises OSError if there is no such path."""
    backing = Backing()
    backing.add_path(path)
    return backing


def of_device(path: Path) -> Backing:
    """What a block device rests on, itself and its whole disk included. Raises OSError.

    Not what the file under a loop device rests on: the disk that an image lies on is no evidence.
    """
    backing = Backing(through_files=False)
    status = path.stat()
    if stat.S_ISBLK(status.st_mode):
        backing.add_block(_number(status.st_rdev))
    return backing


def _number(device: int) -> str:
    return f"{os.major(device)}:{os.minor(device)}"


def _unescape(name: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), name)
