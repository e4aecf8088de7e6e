"""The Sleuth Kit's side of a run of bytes: its image object, and its file systems opened on it.

The Sleuth Kit reads through call-backs into ours. It could open `/proc/self/fd/N` itself,
but a sandboxed worker may open nothing, and every open of evidence is to lie in one function.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytsk3

from triage.evidence import Run
from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

NAMES = {
    "ntfs": pytsk3.TSK_FS_TYPE_NTFS,
    "fat12": pytsk3.TSK_FS_TYPE_FAT12,
    "fat16": pytsk3.TSK_FS_TYPE_FAT16,
    "fat32": pytsk3.TSK_FS_TYPE_FAT32,
    "exfat": pytsk3.TSK_FS_TYPE_EXFAT,
    "ext2": pytsk3.TSK_FS_TYPE_EXT_DETECT,
    "ext3": pytsk3.TSK_FS_TYPE_EXT_DETECT,
    "ext4": pytsk3.TSK_FS_TYPE_EXT_DETECT,
    "hfs+": pytsk3.TSK_FS_TYPE_HFS_DETECT,
    "ufs": pytsk3.TSK_FS_TYPE_FFS_DETECT,
}
"""Our names of the file systems that The Sleuth Kit reads. The type is always forced: guessing
belongs to `signatures`, whose reasons can be shown."""


CACHE_BYTES = 65_536
"""What The Sleuth Kit asks for when what it wants is not in its cache, however little that is
(TSK_IMG_INFO_CACHE_LEN in tsk_img.h). Given less, it keeps and uses what it was given."""
RECORDS_BYTES = 8192
"""Of the MFT, unless it is read from front to back."""


class TskImage(pytsk3.Img_Info):  # type: ignore[misc]
    """A run of bytes as The Sleuth Kit sees it. Bad sectors read as zeros here, and are counted."""

    def __init__(self, reader: Bytes) -> None:
        """Raises OSError if The Sleuth Kit refuses it."""
        self.reader = reader
        self.lost = 0
        """Bytes that could not be read and were given as zeros."""
        self.bad: list[tuple[int, int]] = []
        """First and last byte of the pieces that hold them."""
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._after = 0
        """Where the last piece of the MFT ended."""
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def close(self) -> None:
        """Nothing: the descriptors belong to whoever opened them."""

    @contextmanager
    def listing(self, records: Sequence[Run]) -> Iterator[None]:
        """While NTFS is listed. `records`: the runs of its MFT, in these bytes.

        The Sleuth Kit reads single records, and those of a folder's files are all over the MFT:
        with 64 KiB for each, a survey of 200,000 entries copied 13 GB in half of its time.
        """
        runs = sorted((run.offset, run.offset + run.length) for run in records if run.offset >= 0)
        self._starts, self._ends = [run[0] for run in runs], [run[1] for run in runs]
        try:
            yield
        finally:
            self._starts, self._ends = [], []

    def _is_record(self, offset: int) -> bool:
        place = bisect_right(self._starts, offset) - 1
        return place >= 0 and offset < self._ends[place]

    def read(self, offset: int, length: int) -> bytes:
        """Called by The Sleuth Kit, for metadata mostly in pieces of 64 KiB."""
        if self._starts and length == CACHE_BYTES and self._is_record(offset):
            length = length if offset == self._after else RECORDS_BYTES
            self._after = offset + length
        try:
            return self.reader.read_at(offset, length)
        except ContentError:
            data, bad = self.reader.salvage(offset, length)
            self.bad.extend(piece for piece in bad if piece not in self.bad)
            self.lost = sum(last - first + 1 for first, last in self.bad)
            return data

    def get_size(self) -> int:
        """Bytes."""
        return self.reader.size


def open_file_system(image: TskImage, name: str) -> "pytsk3.FS_Info":
    """The file system `name` (a key of NAMES) in these bytes. Raises OSError with its words."""
    return pytsk3.FS_Info(image, offset=0, type=NAMES[name])


INDEX_ROOT = 144
"""The attribute that makes an MFT entry a directory of NTFS."""


def try_root(file_system: "pytsk3.FS_Info", name: str) -> None:
    """Raise OSError if the root directory cannot be listed.

    Not by listing it on NTFS: to open any directory there, The Sleuth Kit first reads all of the
    MFT, and the names of the volumes are not to wait for that.
    """
    root = file_system.info.root_inum
    if name == "ntfs":
        if not any(each.info.type == INDEX_ROOT for each in file_system.open_meta(inode=root)):
            raise OSError("its root directory is none")
    else:
        file_system.open_dir(inode=root)


VOLUME_FILE, VOLUME_NAME = 3, 96
"""NTFS keeps its label in this attribute of MFT entry 3, as UTF-16."""
LABEL_ENTRY = b" (Volume Label Entry)"
"""How The Sleuth Kit marks the entry that is the label of a FAT or exFAT volume."""


def label_of(file_system: "pytsk3.FS_Info", name: str) -> str:
    """The label where it lies inside the file system; empty if there is none."""
    try:
        if name == "ntfs":
            return _ntfs_label(file_system.open_meta(inode=VOLUME_FILE))
        if name == "exfat" or name.startswith("fat"):
            return _fat_label(file_system.open_dir(inode=file_system.info.root_inum))
    except OSError:
        pass
    return ""


def _ntfs_label(file: "pytsk3.File") -> str:
    for attribute in file:
        if attribute.info.type == VOLUME_NAME and 0 < attribute.info.size <= 256:
            raw = file.read_random(0, attribute.info.size, VOLUME_NAME, attribute.info.id)
            return str(raw.decode("utf-16-le", "replace"))
    return ""


def _fat_label(root: "pytsk3.Directory") -> str:
    for entry, _ in zip(root, range(16), strict=False):
        name = entry.info.name.name
        if name.endswith(LABEL_ENTRY) and not name.startswith(b"$EMPTY"):
            return str(name[: -len(LABEL_ENTRY)].decode(errors="replace").strip())
    return ""


def in_one_line(error: OSError) -> str:
    """The Sleuth Kit's own words, without the name of the C++ function before them."""
    words = " ".join(str(error).split())
    return words.split(") ", 1)[-1] if ".cpp:" in words else words
