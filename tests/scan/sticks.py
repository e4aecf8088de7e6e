"""Evidence sticks that fail: file systems on loop devices. Needs root."""

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SHUT_DOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN: from now on every call says EIO, as when the stick was pulled out."""
NO_FLUSH = 2


class Stick:
    """A file system on a loop device, mounted."""

    def __init__(self, folder: Path, size: int, kind: str) -> None:
        self._folder = folder
        self._kind = kind
        self._number = 0
        self.place = folder / "mounted"
        self.place.mkdir()
        self.file = folder / "stick0"
        self._make(self.file, size)
        self.mount(self.file)

    def mount(self, file: Path) -> None:
        device = _run("losetup", "--find", "--show", str(file)).strip()
        _run("blockdev", "--setrw", device)  # its last user may have left it read-only
        _run("mount", "-o", "errors=remount-ro", device, str(self.place))
        _run("losetup", "--detach", device)  # it goes with the mount

    def fill(self) -> None:
        """Leave no room."""
        with suppress(OSError), (self.place / "filler").open("wb") as filler:
            while True:
                filler.write(bytes(4096))
                filler.flush()

    def make_room(self) -> None:
        (self.place / "filler").unlink()

    def stop_answering(self) -> None:
        """Everything that is written to it waits."""
        _run("fsfreeze", "-f", str(self.place))

    def answer(self) -> None:
        _run("fsfreeze", "-u", str(self.place))

    def pull_out(self) -> None:
        """Nothing answers any more, and then nothing is there."""
        folder = os.open(self.place, os.O_RDONLY)
        fcntl.ioctl(folder, SHUT_DOWN, struct.pack("I", NO_FLUSH))
        os.close(folder)
        _run("umount", "-l", str(self.place))

    def make_read_only(self) -> None:
        """As the kernel does when it met an error."""
        source = _run("findmnt", "-no", "SOURCE", str(self.place)).strip()
        Path(f"/sys/fs/ext4/{Path(source).name}/trigger_fs_error").write_text("test")

    def put_back(self) -> None:
        """The same bytes, on another device node, at the same place."""
        with suppress(subprocess.CalledProcessError):
            _run("umount", "-l", str(self.place))
        self._number += 1
        again = self._folder / f"stick{self._number}"
        shutil.copyfile(self.file, again)
        subprocess.run(["e2fsck", "-fy", str(again)], check=False, capture_output=True)
        self.file = again
        self.mount(again)

    def put_another_in(self, size: int = 8 << 20) -> None:
        other = self._folder / "another"
        self._make(other, size)
        self.mount(other)

    def take_another_out(self) -> None:
        _run("umount", "-l", str(self.place))

    def _make(self, file: Path, size: int) -> None:
        with file.open("wb") as made:
            made.truncate(size)
        _run(f"mkfs.{self._kind}", "-q", "-m", "0", str(file))


@contextmanager
def stick(folder: Path, size: int = 24 << 20, kind: str = "ext4") -> Iterator[Stick]:
    """One that is taken away in the end, whatever happened to it. `kind`: ext2 or ext4."""
    made = Stick(folder, size, kind)
    try:
        yield made
    finally:
        while subprocess.run(["umount", "-l", str(made.place)], check=False,
                             capture_output=True).returncode == 0:  # fmt: skip
            pass


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
