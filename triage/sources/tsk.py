"""The Sleuth Kit's side of a Reader: its image object, and its file systems opened on it.

The Sleuth Kit reads through call-backs into our Reader. It could open `/proc/self/fd/N` itself,
but a sandboxed worker may open nothing, and every open of evidence is to lie in one function.
"""

import pytsk3

from triage.sources.reader import ContentError, Reader

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
    "iso9660": pytsk3.TSK_FS_TYPE_ISO9660,
    "ufs": pytsk3.TSK_FS_TYPE_FFS_DETECT,
}
"""Our names of the file systems that The Sleuth Kit reads. The type is always forced: guessing
belongs to `signatures`, whose reasons can be shown."""


class TskImage(pytsk3.Img_Info):  # type: ignore[misc]
    """A Reader as The Sleuth Kit sees it. Bad sectors read as zeros here, and are counted."""

    def __init__(self, reader: Reader) -> None:
        """Raises OSError if The Sleuth Kit refuses it."""
        self.reader = reader
        self.lost = 0
        """Bytes that could not be read and were given as zeros."""
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def close(self) -> None:
        """Nothing: the descriptors belong to whoever opened them."""

    def read(self, offset: int, length: int) -> bytes:
        """Called by The Sleuth Kit, for metadata mostly in pieces of 64 KiB."""
        try:
            return self.reader.read_at(offset, length)
        except ContentError:
            data, lost = self.reader.salvage(offset, length)
            self.lost += lost
            return data

    def get_size(self) -> int:
        """Bytes."""
        return self.reader.size


def open_file_system(image: TskImage, offset: int, name: str) -> "pytsk3.FS_Info":
    """The file system `name` (a key of NAMES) at byte `offset`. Raises OSError with its words."""
    return pytsk3.FS_Info(image, offset=offset, type=NAMES[name])
