"""Names in exFAT directories that The Sleuth Kit passes over: it does not believe their sizes.

It lists a file only if its entries claim no more than the volume holds. A file that claims more
is a file all the same; here its name and its claim are found, so that it has an outcome.

Layout: exFAT specification, 7.4 (file), 7.6 (stream extension), 7.7 (name); entries of 32 bytes.
"""

from collections.abc import Collection, Iterator

ENTRY = 32
END, FILE, STREAM, NAME = 0x00, 0x85, 0xC0, 0xC1
MOST_BYTES = 64 << 20
"""Of one directory; the specification allows 256 MiB."""

Claim = tuple[bytes, int]
"""A name, UTF-8, and the bytes that its file claims."""


def passed_over(directory: bytes, listed: Collection[bytes], count: int) -> list[Claim]:
    """What is named in use in those bytes and is not among the names that were listed.

    `count`: of names in use that were listed. Where it is not smaller, nothing was passed over,
    however differently The Sleuth Kit spells a name.
    """
    claims = list(in_use(directory))
    if count >= len(claims):
        return []
    return [claim for claim in claims if claim[0] not in listed]


def in_use(directory: bytes) -> Iterator[Claim]:
    """Every file and directory that a directory's bytes name as in use."""
    for at in range(0, len(directory) - ENTRY + 1, ENTRY):
        kind = directory[at]
        if kind == END:
            return
        if kind == FILE and directory[at + ENTRY : at + ENTRY + 1] == bytes([STREAM]):
            yield _claim(directory, at)


def _claim(directory: bytes, at: int) -> Claim:
    following, stream = directory[at + 1], at + ENTRY
    length = directory[stream + 3]
    size = int.from_bytes(directory[stream + 24 : stream + 32], "little")
    name = b"".join(
        directory[place + 2 : place + ENTRY]
        for place in range(stream + ENTRY, at + ENTRY * (1 + following), ENTRY)
        if directory[place : place + 1] == bytes([NAME])
    )
    whole = name[: min(2 * length, len(name) // 2 * 2)]
    return whole.decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass"), size
