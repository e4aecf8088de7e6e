"""What somebody with a stick and an editor does to a compiled set: any bytes, and every digest that
can be made without a key made anew."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from blake3 import blake3

BLOCK, HEAD, PIECE = 4096, 44, 1 << 16
Parts = dict[str, bytearray]


def forge(path: Path, change: Callable[[Parts], None], *, digests: bool = True) -> None:
    """Change the parts in place; the signature behind them stays. `digests`: of the parts, of their
    pieces and of the header are made anew."""
    data = bytearray(path.read_bytes())
    header = header_of(path)
    sections = {section["name"]: section for section in header["sections"]}
    parts = {
        name: bytearray(data[s["offset"] : s["offset"] + s["length"]])
        for name, s in sections.items()
    }
    change(parts)
    if digests:
        others = [parts[s["name"]] for s in header["sections"] if s["name"] not in _WITHOUT]
        parts["pieces"] = bytearray(b"".join(map(_pieces, others)))
    for name, section in sections.items():
        assert len(parts[name]) == section["length"]
        data[section["offset"] : section["offset"] + section["length"]] = parts[name]
        if digests:
            section["blake3"] = blake3(bytes(parts[name])).hexdigest()
    write_header(data, header)
    path.write_bytes(data)


def write_header(data: bytearray, header: dict[str, object]) -> None:
    text = json.dumps(header, separators=(",", ":")).encode()
    data[8:12] = len(text).to_bytes(4, "little")
    data[12:44] = hashlib.sha256(text).digest()
    data[HEAD:BLOCK] = text.ljust(BLOCK - HEAD, b"\0")


def header_of(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    header: dict[str, Any] = json.loads(data[HEAD : HEAD + int.from_bytes(data[8:12], "little")])
    return header


def zero_rows(parts: Parts) -> None:
    """Nothing will be found: neither rows nor filter hold a digest any more."""
    for name in parts:
        if name.endswith((".rows", ".filter")):
            parts[name][:] = bytes(len(parts[name]))


_WITHOUT = ("about", "pieces")


def _pieces(part: bytearray) -> bytes:
    whole = bytes(part)
    return b"".join(blake3(whole[at : at + PIECE]).digest() for at in range(0, len(whole), PIECE))
