"""SQLite's write-ahead log, laid over its database: the newest rows may be nowhere else.

Format: sqlite.org, "Database File Format", section 4. A header of 32 bytes, then frames: 24 bytes
that say which page, and the page. A frame counts if it bears the log's salts, and only up to the
last one that ends a transaction; behind them lie frames of earlier rounds. Checksums are not
reckoned: nobody here could put a page right that is broken, and SQLite refuses one that is none.
"""

import struct

SUFFIX = "-wal"
_MAGIC = b"\x37\x7f\x06"
_HEADER, _FRAME = 32, 24
_FRAME_FIELDS = struct.Struct(">II8s")


def with_log(database: bytes, log: bytes, most: int) -> bytes:
    """The database as its last transaction left it, at most so many bytes. Never raises.

    Without a log that belongs to it, the same.
    """
    if log[:3] != _MAGIC or len(log) < _HEADER or log[3] not in {0x82, 0x83}:
        return database
    (page,) = struct.unpack_from(">I", log, 8)
    if page & (page - 1) or not 512 <= page <= 65536:
        return database
    pages, count = _committed(log, page)
    if not count or count * page > most:
        return database
    whole = bytearray(database[: count * page].ljust(count * page, b"\x00"))
    for number, at in pages.items():
        if number <= count:
            whole[(number - 1) * page : number * page] = log[at : at + page]
    return bytes(whole)


def _committed(log: bytes, page: int) -> tuple[dict[int, int], int]:
    """Page to where its newest content lies in the log, and how many pages the database has."""
    salts = log[16:24]
    pages: dict[int, int] = {}
    waiting: dict[int, int] = {}
    count = 0
    for at in range(_HEADER, len(log) - _FRAME - page + 1, _FRAME + page):
        number, ends, its_salts = _FRAME_FIELDS.unpack_from(log, at)
        if its_salts != salts or not number:
            break
        waiting[number] = at + _FRAME
        if ends:
            pages |= waiting
            waiting, count = {}, ends
    return pages, count
