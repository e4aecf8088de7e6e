"""An image behind a disk that turns: a file system of one file, whose reads wait as a disk's would.

`python -m tests.bench.delayed IMAGE FILE` lays it over FILE until it is unmounted. Speaks the
kernel's FUSE protocol (include/uapi/linux/fuse.h, 7.31) itself; needs root and /dev/fuse. The file
is its file system's root, so there is hardly anything to answer but reads. One request at a time:
a disk has one head.
"""

import ctypes
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SEEK_SECONDS = 0.008
BYTES_PER_SECOND = 150e6

_GETATTR, _OPEN, _READ, _STATFS, _INIT = 3, 14, 15, 17, 26
_UNANSWERED = frozenset({2, 36, 42})
"""FORGET, INTERRUPT, BATCH_FORGET."""
_DONE = frozenset({18, 25, 38})
"""RELEASE, FLUSH, DESTROY: nothing to do."""
_ENOSYS = 38
_REQUEST = struct.Struct("<IIQQIIIHH")
_READ_ASKED = struct.Struct("<QQI")
_ATTRIBUTES = struct.Struct("<QQQQQQIIIIIIIIII")
_LONGEST_READ = 128 * 1024
_MS_RDONLY = 1


class Disk:
    """Where the head is, and until when it is busy."""

    def __init__(self) -> None:
        self._head = 0
        self._free_at = time.monotonic()

    def wait_for(self, offset: int, length: int) -> None:
        """Until the disk would have read that."""
        gap = offset - self._head
        through = gap / BYTES_PER_SECOND if gap >= 0 else SEEK_SECONDS
        now = time.monotonic()
        self._free_at = max(now, self._free_at)
        self._free_at += min(SEEK_SECONDS, through) + length / BYTES_PER_SECOND
        self._head = offset + length
        time.sleep(max(0.0, self._free_at - time.monotonic()))


def serve(image: Path, target: Path) -> None:
    """Lay the image over the file `target`, and answer until it is unmounted."""
    fuse = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fuse},rootmode=100444,user_id=0,group_id=0,allow_other,max_read={_LONGEST_READ}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"delayed", os.fsencode(target), b"fuse", _MS_RDONLY, options.encode()):
        raise OSError(ctypes.get_errno(), "the delayed image cannot be mounted")
    content, disk = os.open(image, os.O_RDONLY), Disk()
    size = os.fstat(content).st_size
    while True:
        try:
            request = os.read(fuse, _LONGEST_READ + 4096)
        except OSError:  # ENODEV: unmounted
            return
        _, opcode, unique, *_ = _REQUEST.unpack_from(request)
        if opcode in _UNANSWERED:
            continue
        error, body = _answer(opcode, request[_REQUEST.size :], content, size, disk)
        os.write(fuse, struct.pack("<IiQ", 16 + len(body), -error, unique) + body)


def _answer(opcode: int, asked: bytes, content: int, size: int, disk: Disk) -> tuple[int, bytes]:
    if opcode == _READ:
        _, offset, length = _READ_ASKED.unpack_from(asked)
        length = max(0, min(length, size - offset))
        disk.wait_for(offset, length)
        return 0, os.pread(content, length, offset)
    if opcode == _INIT:
        ahead = min(_LONGEST_READ, struct.unpack_from("<II", asked, 4)[1])
        return 0, struct.pack("<IIIIHHIIHHII24x", 7, 31, ahead, 0, 12, 9, 4096, 1, 0, 0, 0, 0)
    if opcode == _GETATTR:
        return 0, struct.pack("<QII", 3600, 0, 0) + _ATTRIBUTES.pack(
            1, size, size // 512, 0, 0, 0, 0, 0, 0, 0o100444, 1, 0, 0, 0, 4096, 0
        )
    if opcode == _OPEN:
        return 0, struct.pack("<QII", 0, 0, 0)
    if opcode == _STATFS:
        return 0, struct.pack("<QQQQQIII28x", 0, 0, 0, 0, 0, 4096, 255, 4096)
    return (0, b"") if opcode in _DONE else (_ENOSYS, b"")


def possible() -> bool:
    """Whether such a disk can be made here."""
    return os.geteuid() == 0 and os.access("/dev/fuse", os.R_OK | os.W_OK)


@contextmanager
def delayed(image: Path, folder: Path) -> Iterator[Path]:
    """The image behind a disk that turns, as a file in `folder`, with nothing of it in memory."""
    target = folder / f"turning-{image.name}"
    target.touch()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.delayed", str(image), str(target)]
    )
    try:
        while target.stat().st_size == 0 and server.poll() is None:
            time.sleep(0.05)
        yield target
    finally:
        subprocess.run(["umount", "-l", str(target)], check=False)
        server.wait(timeout=30)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
