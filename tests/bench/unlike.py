"""Photographs of which no two have the same pixels, though they are made from a few.

What has the same pixels is scored once (`detectors/seen_before.py`): a disk of copies that differ
behind their ends alone would be measured without the model.
"""

_QUANTISATION = b"\xff\xdb"
_OF_BYTES = (b"\x00", b"\x01")
"""A table's first byte: of eight bits, for luminance or colour."""
_SIDE, _HIGHER = 32, 3


def unlike(jpeg: bytes, number: int) -> bytes:
    """The same photograph, `number` away from the first: its coefficients are multiplied by others.

    The mean of a block by one of 32, which shows in every reduction, the next by one of three each.
    """
    at = _first_table(jpeg)
    assert jpeg[at : at + 1] in _OF_BYTES
    table = bytearray(jpeg[at + 1 : at + 65])
    number, step = divmod(number, _SIDE)
    table[0] = min(255, table[0] + step)
    for place in range(1, 9):
        number, step = divmod(number, _HIGHER)
        table[place] = min(255, table[place] + step)
    return jpeg[: at + 1] + bytes(table) + jpeg[at + 65 :]


def _first_table(jpeg: bytes) -> int:
    """Where it begins: not that of a thumbnail, which lies in a segment before."""
    at = 2
    while jpeg[at : at + 2] != _QUANTISATION:
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return at + 4
