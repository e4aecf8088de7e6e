"""Makes SQLite databases by SQLite itself, and Apple's property lists by the standard library."""

import plistlib
import sqlite3
from collections.abc import Mapping
from contextlib import closing


def database(rows: Mapping[int, bytes], *, page_size: int = 4096, encoding: str = "UTF-8") -> bytes:
    """A messenger's: a table of thumbnails, among others."""
    with closing(sqlite3.connect(":memory:")) as held:
        held.execute(f"PRAGMA page_size = {page_size}")
        held.execute(f"PRAGMA encoding = '{encoding}'")
        held.execute("CREATE TABLE words (word TEXT)")
        held.executemany("INSERT INTO words VALUES (?)", [("a word " * 40,)] * 300)
        held.execute(
            'CREATE TABLE thumbs (id INTEGER PRIMARY KEY, "made, at" INT DEFAULT (7), [the blob] '
            "BLOB, note TEXT, CHECK (id > -9))"
        )
        held.executemany(
            "INSERT INTO thumbs VALUES (?, 3, ?, 'x')", sorted(rows.items(), reverse=True)
        )
        held.execute("CREATE VIEW seen AS SELECT id FROM thumbs")
        held.commit()
        return held.serialize()


def property_list(*data: bytes) -> bytes:
    """Binary, with these in an array."""
    held = {"name": "x", "pictures": list(data), "settings": [1, 2.5, True]}
    return plistlib.dumps(held, fmt=plistlib.FMT_BINARY)
