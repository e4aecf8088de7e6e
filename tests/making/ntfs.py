"""NTFS volumes: mkntfs makes an empty one, libntfs-3g (through ctypes) fills it, without mounting.

The library belongs to Debian's ntfs-3g, as mkntfs does. What it cannot do (valid data length,
hostile values) is written into the MFT records afterwards.
"""

import ctypes
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path

REGULAR, DIRECTORY = 0o100000, 0o040000
DATA = 0x80
COMPRESSED = 0x800
STATE_AT, COMPRESSION_BIT = 16, 1 << 6
"""ntfs_volume.state, and its bit that lets new files in compressed directories be compressed."""


def make(path: Path, size: int, *, label: str = "", cluster: int = 4096) -> None:
    """An empty NTFS volume in a file of `size` bytes."""
    with path.open("wb") as file:
        file.truncate(size)
    subprocess.run(
        ["mkntfs", "-q", "-F", "-Q", "-c", str(cluster), "-p", "0", "-s", "512", "-H", "16",
         "-S", "63", "-L", label, str(path)],
        check=True, capture_output=True,
    )  # fmt: skip


def _library() -> ctypes.CDLL:
    name = find_library("ntfs-3g") or "libntfs-3g.so.89"
    library = ctypes.CDLL(name, use_errno=True)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64
    for function, result, arguments in (
        ("ntfs_mount", pointer, (text, ctypes.c_ulong)),
        ("ntfs_umount", ctypes.c_int, (pointer, ctypes.c_int)),
        ("ntfs_pathname_to_inode", pointer, (pointer, pointer, text)),
        ("ntfs_create", pointer,
         (pointer, ctypes.c_uint32, text, ctypes.c_uint8, ctypes.c_uint)),
        ("ntfs_inode_close_in_dir", ctypes.c_int, (pointer, pointer)),
        ("ntfs_inode_close", ctypes.c_int, (pointer,)),
        ("ntfs_delete", ctypes.c_int,
         (pointer, text, pointer, pointer, text, ctypes.c_uint8)),
        ("ntfs_link", ctypes.c_int, (pointer, pointer, text, ctypes.c_uint8)),
        ("ntfs_attr_open", pointer, (pointer, ctypes.c_uint32, pointer, ctypes.c_uint32)),
        ("ntfs_attr_add", ctypes.c_int,
         (pointer, ctypes.c_uint32, text, ctypes.c_uint8, text, number)),
        ("ntfs_attr_pwrite", number, (pointer, number, number, text)),
        ("ntfs_attr_pclose", ctypes.c_int, (pointer,)),
        ("ntfs_attr_truncate", ctypes.c_int, (pointer, number)),
        ("ntfs_attr_close", None, (pointer,)),
        ("ntfs_set_ntfs_reparse_data", ctypes.c_int,
         (pointer, text, ctypes.c_size_t, ctypes.c_int)),
        ("ntfs_set_ntfs_attrib", ctypes.c_int, (pointer, text, ctypes.c_size_t, ctypes.c_int)),
    ):  # fmt: skip
        entry = getattr(library, function)
        entry.restype, entry.argtypes = result, arguments
    return library


class Filling:
    """An NTFS volume that is being filled. Paths are absolute and `/`-separated."""

    def __init__(self, path: Path) -> None:
        self._lib = _library()
        self._volume = self._lib.ntfs_mount(str(path).encode(), 0)
        if not self._volume:
            raise OSError(ctypes.get_errno(), f"libntfs-3g cannot open {path}")
        state = ctypes.c_ulong.from_address(self._volume + STATE_AT)
        state.value |= COMPRESSION_BIT
        unnamed = ctypes.c_uint16.in_dll(self._lib, "AT_UNNAMED")
        self._unnamed = ctypes.addressof(unnamed)
        self._above = ""
        self._open: int | None = None

    def close(self) -> None:
        self._leave()
        if self._lib.ntfs_umount(self._volume, 0):
            raise OSError(ctypes.get_errno(), "libntfs-3g cannot close the volume")

    def directory(self, path: str, *, compressed: bool = False) -> None:
        """A directory; files made in a compressed one are compressed."""
        inode = self._create(path, DIRECTORY)
        if compressed:
            value = struct.pack("<I", COMPRESSED)
            self._check(self._lib.ntfs_set_ntfs_attrib(inode, value, 4, 0), path)
        self._lib.ntfs_inode_close_in_dir(inode, self._open)

    def file(
        self, path: str, content: bytes, *, streams: dict[str, bytes] | None = None, hole: int = 0
    ) -> None:
        """A file; `hole` bytes that are not stored come first. Compressed if its directory is."""
        inode = self._create(path, REGULAR)
        attribute = self._lib.ntfs_attr_open(inode, DATA, self._unnamed, 0)
        self._check(0 if attribute else -1, path)
        self._write(attribute, hole, content, path)
        for name, data in (streams or {}).items():
            raw = name.encode("utf-16-le")
            self._check(
                self._lib.ntfs_attr_add(inode, DATA, raw, len(raw) // 2, data, len(data)), path
            )
        self._lib.ntfs_inode_close_in_dir(inode, self._open)

    def add_stream(self, path: str, name: str, content: bytes) -> None:
        """An alternate stream for a file that is there."""
        self._leave()
        inode = self._inode(path)
        raw = name.encode("utf-16-le")
        result = self._lib.ntfs_attr_add(inode, DATA, raw, len(raw) // 2, content, len(content))
        self._check(result, path)
        self._lib.ntfs_inode_close(inode)

    def reparse(self, path: str, tag: int, data: bytes = bytes(16)) -> None:
        """A reparse point for a file that is there, with one of Microsoft's tags."""
        self._leave()
        inode = self._inode(path)
        value = struct.pack("<IHH", tag, len(data), 0) + data
        self._check(self._lib.ntfs_set_ntfs_reparse_data(inode, value, len(value), 0), path)
        self._lib.ntfs_inode_close(inode)

    def append(self, path: str, content: bytes, at: int) -> None:
        """Write into a file that is there."""
        self._leave()
        inode = self._inode(path)
        attribute = self._lib.ntfs_attr_open(inode, DATA, self._unnamed, 0)
        self._write(attribute, at, content, path)
        self._lib.ntfs_inode_close(inode)

    def link(self, path: str, other: str) -> None:
        """A second name `other` for the file `path`."""
        self._leave()
        inode = self._inode(path)
        above, _, name = other.rpartition("/")
        raw = name.encode("utf-16-le")
        directory = self._inode(above or "/")
        self._check(self._lib.ntfs_link(inode, directory, raw, len(raw) // 2), other)
        self._lib.ntfs_inode_close(inode)
        self._lib.ntfs_inode_close(directory)

    def delete(self, path: str) -> None:
        """Give up a file's or an empty directory's name, record and clusters."""
        self._leave()
        above, _, name = path.rpartition("/")
        raw = name.encode("utf-16-le")
        inode, directory = self._inode(path), self._inode(above or "/")
        self._check(
            self._lib.ntfs_delete(
                self._volume, path.encode(), inode, directory, raw, len(raw) // 2
            ),
            path,
        )

    def _write(self, attribute: int, at: int, content: bytes, path: str) -> None:
        done = self._lib.ntfs_attr_pwrite(attribute, at, len(content), content) if content else 0
        self._check(0 if done == len(content) else -1, path)
        self._lib.ntfs_attr_pclose(attribute)
        self._lib.ntfs_attr_close(attribute)

    def _create(self, path: str, mode: int) -> int:
        above, _, name = path.rpartition("/")
        if self._open is None or above != self._above:
            self._leave()
            self._open, self._above = self._inode(above or "/"), above
        raw = name.encode("utf-16-le", "surrogatepass")
        inode: int = self._lib.ntfs_create(self._open, 0, raw, len(raw) // 2, mode)
        self._check(0 if inode else -1, path)
        return inode

    def _leave(self) -> None:
        if self._open is not None:
            self._lib.ntfs_inode_close(self._open)
            self._open = None

    def _inode(self, path: str) -> int:
        inode: int = self._lib.ntfs_pathname_to_inode(self._volume, None, path.encode())
        self._check(0 if inode else -1, path)
        return inode

    def _check(self, result: int, path: str) -> None:
        if result < 0:
            raise OSError(ctypes.get_errno(), f"libntfs-3g failed at {path}")


@contextmanager
def filling(path: Path) -> Iterator[Filling]:
    """A volume made by `make`, open for filling until the block ends."""
    volume = Filling(path)
    try:
        yield volume
    finally:
        volume.close()
