"""Image files: which files one is of, and those formats that are named but not yet opened.

Those that are opened are layers of `triage.sources`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from triage.errors import SourceError

FORMATS = {
    b"EVF2\x0d\x0a\x81": ("Ex01 (EnCase)", "ewfexport -f raw -t OUT IMAGE"),
    b"LVF\x09\x0d\x0a\xff\x00": ("L01 (EnCase logical)", "ewfexport -f raw -t OUT IMAGE"),
    b"# Disk DescriptorFile": ("VMDK (VMware)", "qemu-img convert -O raw IMAGE OUT.raw"),
    b"COWD": ("VMDK (VMware)", "qemu-img convert -O raw IMAGE OUT.raw"),
    b"QED\0": ("QED (QEMU)", "qemu-img convert -O raw IMAGE OUT.raw"),
    b"WithoutFreeSpace": ("HDD (Parallels)", "qemu-img convert -O raw IMAGE OUT.raw"),
    b"WithouFreSpacExt": ("HDD (Parallels)", "qemu-img convert -O raw IMAGE OUT.raw"),
    b"AFF10\x0d\x0a\x00": ("AFF", "affconvert -r IMAGE"),
    b"ADSEGMENTEDFILE": ("AD1 (AccessData logical)", "export it as raw (dd) with FTK Imager"),
    b"\x1f\x8b": ("gzip, compressed", "gzip -dk IMAGE"),
    b"\xfd7zXZ\x00": ("xz, compressed", "xz -dk IMAGE"),
    b"(\xb5/\xfd": ("zstd, compressed", "zstd -dk IMAGE"),
    b"7z\xbc\xaf\x27\x1c": ("7z, compressed", "7z x IMAGE"),
}
"""Magic at byte 0 to the format's name and the stock command that makes it raw."""

AFF4 = ("AFF4", "export it as raw (dd) with the tool that made it")
"""A zip archive whose first entry is the image's description."""


def format_of(path: Path) -> tuple[str, str] | None:
    """Name and converting command of a format other than raw; None for raw. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(64)
    for magic, known in FORMATS.items():
        if head.startswith(magic):
            return known
    is_aff4 = head.startswith(b"PK\x03\x04") and head[30:51] == b"container.description"
    return AFF4 if is_aff4 else None


def parts_of(path: Path) -> tuple[Path, ...]:
    """The files of a split raw image in order; only `path` itself if it is not split.

    `.001`, `.000`, `.0001` or `.aa` endings, up to the first that is not there. Raises
    SourceError for a part in the middle of a sequence, and for gaps.
    """
    ending = path.suffix[1:]
    if re.fullmatch(r"[Ee]01", ending):
        return _parts_of_ewf(path, ending[0])
    if not re.fullmatch(r"\d{2,4}|[a-z]{2,3}", ending) or _is_lone(path, ending):
        return (path,)
    siblings = _siblings(path, ending)
    order = sorted(siblings)
    first = order[0]
    expected = first
    for ending_there in order:
        if ending_there != expected:
            raise SourceError(
                f"Part .{expected} of the split image {path.stem} is missing.",
                hint="All parts must lie in one folder. Copy the missing one and try again.",
            )
        expected = following(expected)
    if first not in STARTS:
        raise SourceError(
            f"The split image {path.stem} begins with its part .{first}, not the first one.",
            hint="Copy the first part (.000, .001 or .aa) beside it, and try again.",
        )
    return tuple(path.with_suffix(f".{ending_there}") for ending_there in order)


def _parts_of_ewf(first: Path, letter: str) -> tuple[Path, ...]:
    """`.E01`, `.E02` … `.E99`, `.EAA` … `.EZZ`, `.FAA` …, up to the first that is not there.

    Raises SourceError where the one behind that is.
    """
    parts, missing = [first], ""
    for ending in _ewf_endings(letter):
        part = first.with_suffix(f".{ending}")
        if part.exists() and missing:
            raise SourceError(
                f"Part .{missing} of the split image {first.stem} is missing.",
                hint="All parts must lie in one folder. Copy the missing one and try again.",
            )
        if part.exists():
            parts.append(part)
        elif missing:
            break
        else:
            missing = ending
    return tuple(parts)


def _ewf_endings(letter: str) -> Iterator[str]:
    """Behind the first."""
    yield from (f"{letter}{number:02}" for number in range(2, 100))
    first = "A" if letter.isupper() else "a"
    last = "Z" if letter.isupper() else "z"
    ending = f"{letter}{first}{first}"
    while ending != f"{last}{last}{last}":
        yield ending
        ending = following(ending.lower()).upper() if letter.isupper() else following(ending)


STARTS = frozenset({"00", "01", "000", "001", "0000", "0001", "aa", "aaa"})


def following(ending: str) -> str:
    """The ending after this one: 001 to 002, az to ba."""
    if ending.isdigit():
        return str(int(ending) + 1).zfill(len(ending))
    letters = list(ending)
    for place in reversed(range(len(letters))):
        if letters[place] != "z":
            letters[place] = chr(ord(letters[place]) + 1)
            break
        letters[place] = "a"
    return "".join(letters)


def _is_lone(path: Path, ending: str) -> bool:
    """`disk.dd` or `disk.img` has such an ending, but no sibling that makes it a sequence."""
    if ending in STARTS:
        return False
    others = _siblings(path, ending)
    beside = ending.isdigit() and any(
        following(other) == ending or following(ending) == other for other in others
    )
    return not beside and not any(other in STARTS for other in others)


def _siblings(path: Path, ending: str) -> list[str]:
    """Endings of the same shape beside it."""
    shape = re.compile(r"\d+" if ending.isdigit() else r"[a-z]+")
    found = []
    with os.scandir(path.parent) as names:
        for name in names:
            stem, _, other = name.name.rpartition(".")
            if stem == path.stem and len(other) == len(ending) and shape.fullmatch(other):
                found.append(other)
    return found
