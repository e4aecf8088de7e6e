"""Names in FAT directories that The Sleuth Kit passes over: it does not believe their letters.

It lists a short name only if it is as the specification has it: none with a blank inside or in
front, none with `+`, `=` or brackets, and what bears a label's bit is a label. Some devices write
such names, and Windows opens them. Here they are counted; `fat_left` reads what lies under them.

Layout: Microsoft's FAT specification 1.03; entries of 32 bytes.
"""

ENTRY = 32
END, GIVEN_UP = b"\0", 0xE5
LABEL, LONG = 0x08, 0x0F


def names_in_use(directory: bytes) -> int:
    """How many files and directories these bytes name, itself and the one above too."""
    whole = directory[: len(directory) // ENTRY * ENTRY]
    firsts, kinds = whole[::ENTRY].partition(END)[0], whole[11::ENTRY]
    used = [number for number, first in enumerate(firsts) if first != GIVEN_UP]
    labels = [number for number in used if kinds[number] & LABEL]
    files = sum(kinds[number] & LONG != LONG and holds(whole, number) for number in labels)
    return len(used) - len(labels) + files


def holds(directory: bytes, number: int) -> bool:
    """Whether a label claims content: then it is a file."""
    return any(directory[number * ENTRY + 26 : (number + 1) * ENTRY])
