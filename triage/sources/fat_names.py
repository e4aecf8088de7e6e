"""Names in FAT directories that The Sleuth Kit passes over: it does not believe their letters.

It lists a short name only if it is as the specification has it: none with a blank inside or in
front, none with `+`, `=` or brackets, and what bears a label's bit is a label. Some devices write
such names, and Windows opens them. Here they are only counted.

Layout: Microsoft's FAT specification 1.03; entries of 32 bytes.
"""

ENTRY = 32
END, GIVEN_UP, DOT = 0x00, 0xE5, 0x2E
LABEL, LONG = 0x08, 0x0F


def names_in_use(directory: bytes) -> int:
    """How many files and directories these bytes name, without itself and the one above."""
    end = directory[::ENTRY].find(END)
    firsts = directory[: end * ENTRY if end >= 0 else None : ENTRY]
    kinds = directory[11::ENTRY]
    return sum(
        first not in (GIVEN_UP, DOT)
        and kind & 0x3F != LONG
        and (not kind & LABEL or _holds(directory, number * ENTRY))
        for number, (first, kind) in enumerate(zip(firsts, kinds, strict=False))
    )


def _holds(directory: bytes, at: int) -> bool:
    """Whether a label claims content: then it is a file."""
    return any(directory[at + 26 : at + 32])
