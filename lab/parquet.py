"""Rows that are made here become one Parquet file: as lines of JSON first, which DuckDB reads."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import msgspec

from lab import layout
from lab.engines.duck import connect, quoted
from lab.store import LabStore, put_in_place

_AT_ONCE = 20_000
_COPY = """
COPY ({select} FROM read_json({lines}, format = 'newline_delimited', columns = {columns}))
TO {out} (FORMAT parquet, COMPRESSION zstd)"""


def write_parquet(
    store: LabStore, rows: Iterable[msgspec.Struct], out: Path, *, select: str, columns: str
) -> None:
    """On the medium when this returns; what was there is replaced.

    `select`: what of the rows stands in it, `SELECT …` in SQL. `columns`: the rows' fields and
    their types, as DuckDB's `read_json` takes them. Raises StoreError, and what `rows` raises.
    """
    new, lines = (out.with_name(out.name + end) for end in (layout.NEW, f".lines{layout.NEW}"))
    try:
        _write_lines(rows, lines)
        held = connect(store)
        try:
            held.do(
                _COPY.format(select=select, lines=quoted(lines), columns=columns, out=quoted(new))
            )
        finally:
            held.close()
        put_in_place(new, out)
    finally:
        lines.unlink(missing_ok=True)
        new.unlink(missing_ok=True)


def _write_lines(rows: Iterable[msgspec.Struct], out: Path) -> None:
    encoder, buffer = msgspec.json.Encoder(), bytearray()
    waiting = iter(rows)
    with out.open("xb") as file:
        while some := list(islice(waiting, _AT_ONCE)):
            buffer.clear()
            for row in some:
                encoder.encode_into(row, buffer, -1)
                buffer += b"\n"
            file.write(buffer)
