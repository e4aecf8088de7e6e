"""Digests and sizes as people and tools write them."""

import base64
import binascii
import re
from binascii import unhexlify

from triage.hashsets.records import LARGEST_SIZE, UNKNOWN_SIZE, WIDTHS

_AROUND = " \t\r\n'\"`="
"""What spreadsheets and people put round a digest, so that it is not taken for a number."""
_APART = re.compile(r"^0x|[\s:-]", re.IGNORECASE)
_URL_SAFE = str.maketrans("-_", "+/")
_WHOLE = re.compile(r"(\d+)\.0{1,2}")
"""A whole number as a spreadsheet writes it; three zeros might be thousands."""


def digest_of(text: str, algorithm: str) -> bytes:
    """A digest written in hexadecimal, or in base64. Raises ValueError with a reason for people."""
    length = 2 * WIDTHS[algorithm]
    if len(text) != length:
        text = text.strip(_AROUND)
    if len(text) != length:
        value = _otherwise(text, WIDTHS[algorithm])
        if value is None:
            raise ValueError(f"{algorithm} has {len(text)} characters, not {length}: '{text[:70]}'")
        return value
    try:
        return unhexlify(text)
    except ValueError:
        raise ValueError(f"{algorithm} is not hexadecimal: '{text[:70]}'") from None


def _otherwise(text: str, width: int) -> bytes | None:
    """A digest in base64, or in hexadecimal with something before or between; None: it is none."""
    text = text[: 8 * width]
    together = _APART.sub("", text)
    try:
        if len(together) == 2 * width:
            return unhexlify(together)
        bare = text.rstrip("=").translate(_URL_SAFE)
        value = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
    whole = base64.b64encode(value).decode().rstrip("=") == bare
    return value if whole and len(value) == width else None


def size_of(value: object) -> int:
    """A size in bytes as formats write it; UNKNOWN_SIZE where there is none.

    Raises ValueError for what may mean another number: `12 KB`, `1.234`.
    """
    if value is None or value == "":
        return UNKNOWN_SIZE
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and (whole := _WHOLE.fullmatch(value.strip())):
        value = whole[1]
    if not isinstance(value, (int, str)) or isinstance(value, bool):
        raise ValueError(f"the size is not a number: '{str(value)[:40]}'")
    try:
        size = int(value)
    except ValueError:
        raise ValueError(f"the size is not a number: '{str(value)[:40]}'") from None
    if not 0 <= size <= LARGEST_SIZE:
        raise ValueError(f"the size is out of range: {str(value)[:40]}")
    return size
