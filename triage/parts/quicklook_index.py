"""`index.sqlite` of macOS' thumbnail cache: where each bitmap lies, and of which file it is.

Read by SQLite from memory, with whatever a hostile database could make it do switched off: no
view, trigger, virtual table or expression of the file's own is ever evaluated, and a query that
takes too many steps is ended. Until macOS 10.14 a table `files` names the pictures; later a file is
only a number.
"""

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass

_MAGIC = b"SQLite format 3\x00"
MOST_ROWS = 100_000
_STEPS = 200_000_000
"""Of SQLite's machine: some seconds."""
_STEPS_BETWEEN = 1_000_000
_LONGEST_VALUE = 1 << 20
_LARGEST = 2**62
_BITS = 32
"""Of a pixel."""
_COLUMNS = ("width", "height", "bitsperpixel", "bytesperrow", "bitmapdata_location",
            "bitmapdata_length")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bitmap:
    """One thumbnail, as the index describes it. Nothing of it is checked against the data."""

    row: int
    file: int
    """The picture's number: of a row of `files`, or on its volume."""
    path: str
    """The picture's, from the root of the Mac; empty where the index does not name it."""
    width: int
    height: int
    row_bytes: int
    info: int
    """CGBitmapInfo."""
    at: int
    size: int


def bitmaps_in(database: bytes) -> list[Bitmap] | None:
    """Bitmaps in the order in which they lie, one more than MOST_ROWS at most. Those whose numbers
    are none, or that have not 32 bits a pixel, have no size. None if it is no such index."""
    if not database.startswith(_MAGIC) or len(database) < 512:
        return None
    damage = suppress(sqlite3.Error, OverflowError, MemoryError, UnicodeDecodeError)
    with closing(sqlite3.connect(":memory:")) as connection, damage:
        _harden(connection)
        connection.deserialize(_without_journal(database))
        return _read(connection)
    return None


def _harden(connection: sqlite3.Connection) -> None:
    left = [_STEPS // _STEPS_BETWEEN]

    def enough() -> bool:
        left[0] -= 1
        return left[0] < 0

    connection.set_progress_handler(enough, _STEPS_BETWEEN)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA temp_store = MEMORY")


def _without_journal(database: bytes) -> bytes:
    """A database that says it has a write-ahead log opens from memory only if it does not."""
    return database[:18] + b"\x01\x01" + database[20:]


def _read(connection: sqlite3.Connection) -> list[Bitmap] | None:
    columns = _plain_columns(connection, "thumbnails")
    if not columns.issuperset(_COLUMNS):
        return None
    info = "bitmapinfo" if "bitmapinfo" in columns else "8194"
    file = "file_id" if "file_id" in columns else "0"
    paths = _paths(connection)
    found = connection.execute(
        f"SELECT rowid, {file}, {info}, {', '.join(_COLUMNS)} FROM thumbnails "  # noqa: S608
        f"ORDER BY bitmapdata_location LIMIT {MOST_ROWS + 1}"
    )
    bitmaps = []
    for values in found:
        sound = all(isinstance(value, int) and abs(value) < _LARGEST for value in values[3:])
        if not sound or values[5] != _BITS:
            values = (*values[:3], 0, 0, 0, 0, 0, 0)  # noqa: PLW2901 - it fits nowhere
        row, number, bits, width, height, _, row_bytes, at, size = values
        number, bits = (value if isinstance(value, int) else 0 for value in (number, bits))
        bitmaps.append(
            Bitmap(row=row, file=number, path=paths.get(number, ""), width=width, height=height,
                   row_bytes=row_bytes, info=bits, at=max(0, at), size=size)
        )  # fmt: skip
    return bitmaps


def _paths(connection: sqlite3.Connection) -> dict[int, str]:
    """Row of `files` to the path that it names; empty where there is no such table."""
    if not _plain_columns(connection, "files").issuperset({"folder", "file_name"}):
        return {}
    found = connection.execute("SELECT rowid, folder, file_name FROM files LIMIT ?", (MOST_ROWS,))
    return {
        row: f"{folder.rstrip('/')}/{name}"
        for row, folder, name in found
        if isinstance(folder, str) and isinstance(name, str) and name
    }


def _plain_columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """Stored columns of a table that is one: neither a view, nor virtual, nor computed."""
    kind = connection.execute(
        "SELECT type, rootpage FROM sqlite_master WHERE name = ?", (table,)
    ).fetchall()
    if [(each[0], bool(each[1])) for each in kind] != [("table", True)]:
        return frozenset()
    about = connection.execute(f"PRAGMA table_xinfo({table})").fetchall()
    if any(hidden for *_, hidden in about):
        return frozenset()
    return frozenset(str(column[1]).lower() for column in about)
