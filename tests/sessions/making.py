"""What a session's script makes before anybody types: disks, folders, lists, an evidence stick."""

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests import disks
from tests.demo import photographs
from tests.disks import MIB
from tests.scan.sticks import Stick, stick
from tests.sessions.script import Make

SMALLEST = 16 * MIB
MANY = re.compile(r"letters (\d+) to (\d+)$")
DIGEST = re.compile(r"<(md5|sha1|sha256) of ([^>]+)>")


class MakingError(Exception):
    """A line that makes something of which nobody knows what it is."""


class Scenery:
    """A folder in which a session plays."""

    def __init__(self, folder: Path, until_the_end: ExitStack) -> None:
        self.folder = folder
        self._until_the_end = until_the_end
        self._sticks: dict[str, Stick] = {}

    def make(self, step: Make) -> None:
        """Make it. Raises MakingError."""
        name, *more = step.words.split()
        match step.verb:
            case "file":
                text = "".join(f"{filled_in(line)}\n" for line in step.below)
                self._place(name).write_text(text, encoding="utf-8")
            case "folder":
                self._folder(self._place(name), step.below)
            case "table":
                self._table(step.words)
            case "stick":
                self._sticks[name] = self._stick(name)
            case _:
                self._disk(name, more, step.below)

    def stick(self, name: str) -> Stick:
        """One that the script made. Raises MakingError."""
        if name not in self._sticks:
            raise MakingError(f"no stick {name!r} was made")
        return self._sticks[name]

    def _place(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _folder(self, place: Path, below: list[str]) -> None:
        place.mkdir(parents=True, exist_ok=True)
        for name, content in files_of(below).items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _table(self, words: str) -> None:
        name, _, volumes = words.partition(":")
        disks.gpt_disk(self._place(name), [self.folder / each for each in volumes.split()])

    def _stick(self, name: str) -> Stick:
        behind = self.folder / f".{name}"
        behind.mkdir()
        made = self._until_the_end.enter_context(stick(behind))
        self._place(name).symlink_to(made.place)
        return made

    def _disk(self, name: str, more: list[str], below: list[str]) -> None:
        """`disk FILE KIND [LABEL]`."""
        kind, label = (*more, "", "")[:2]
        path = self._place(name)
        if kind in FILE_SYSTEMS:
            FILE_SYSTEMS[kind](path, below, label)
        elif kind in UNREADABLE and not below:
            UNREADABLE[kind](path)
        else:
            known = ", ".join((*FILE_SYSTEMS, *UNREADABLE))
            raise MakingError(f"no disk {kind!r} can be made with that; there are {known}")


def files_of(below: list[str]) -> dict[str, bytes]:
    """What the indented lines describe: a path, two blanks or more, and what it holds."""
    files: dict[str, bytes] = {}
    for line in below:
        path, what = _parted(line)
        what = what.removesuffix(", deleted")
        if many := MANY.match(what):
            numbers = range(int(many[1]), int(many[2]) + 1)
            files |= {path.replace("*", f"{n:04}"): content(f"letter {n}") for n in numbers}
        else:
            files[path] = content(what)
    return files


def _parted(line: str) -> tuple[str, str]:
    path, _, what = line.strip().partition("  ")
    return path, what.strip()


def content(what: str) -> bytes:
    """`picture 3`, `picture 3 smaller`, `letter 12`, `text bread, milk`. Raises MakingError."""
    kind, _, more = what.partition(" ")
    number, _, manner = more.partition(" ")
    if kind == "text" and more:
        return f"{more}\n".encode()
    if kind == "letter" and number.isdigit():
        return f"letter {number}: bread, milk\n".encode() * 30
    if kind == "picture" and number in _pictures() and manner in ("", "smaller"):
        whole = _pictures()[number]
        return _smaller(whole) if manner else whole
    raise MakingError(f"nobody knows what {what!r} holds")


@cache
def _pictures() -> dict[str, bytes]:
    """Benign photographs, by number."""
    return {str(number): each for number, each in enumerate(photographs(), start=1)}


def _smaller(picture: bytes) -> bytes:
    """Half as wide and high, saved once more as JPEG."""
    saved = BytesIO()
    with Image.open(BytesIO(picture)) as whole:
        whole.convert("RGB").reduce(2).save(saved, "JPEG", quality=80)
    return saved.getvalue()


def filled_in(line: str) -> str:
    """The line with digests in the place of `<md5 of picture 1>`."""

    def digests(found: re.Match[str]) -> str:
        algorithm, what = found.groups()
        contents = files_of([f"*  {what}"]).values()
        return "\n".join(
            hashlib.new(algorithm, each, usedforsecurity=False).hexdigest() for each in contents
        )

    return DIGEST.sub(digests, line)


def _deleted(below: list[str]) -> list[str]:
    parted = map(_parted, below)
    return [path for path, what in parted if what.endswith(", deleted")]


def _size(files: Mapping[str, bytes]) -> int:
    needed = sum(len(each) + 4096 for each in files.values())
    return SMALLEST + -(-needed // MIB) * MIB


def _ntfs(path: Path, below: list[str], label: str) -> None:
    files = files_of(below)
    streams = {_stream(name): each for name, each in files.items() if ":" in name}
    plain = {name: each for name, each in files.items() if ":" not in name}
    disks.ntfs_volume(path, _size(files), plain, label=label, deleted=_deleted(below),
                      streams=streams)  # fmt: skip


def _stream(name: str) -> tuple[str, str]:
    path, _, stream = name.partition(":")
    return path, stream


def _ext4(path: Path, below: list[str], label: str) -> None:
    files = files_of(below)
    disks.ext_volume(path, _size(files), files, label=label, deleted=_deleted(below))


def _fat(path: Path, below: list[str], label: str) -> None:
    files = files_of(below)
    disks.fat_volume(path, _size(files), files, label=label, bits=16, deleted=_deleted(below))


def _exfat(path: Path, below: list[str], label: str) -> None:
    files = files_of(below)
    disks.exfat_volume(path, _size(files), files, label=label, deleted=_deleted(below))


FILE_SYSTEMS: dict[str, Callable[[Path, list[str], str], None]] = {
    "ntfs": _ntfs,
    "ext4": _ext4,
    "fat": _fat,
    "exfat": _exfat,
}


def _begins_with(beginning: bytes) -> Callable[[Path], None]:
    """Noise behind the first bytes by which a kind of volume is recognised."""

    def make(path: Path) -> None:
        disks.noise(path, 4 * MIB)
        with path.open("r+b") as file:
            file.write(beginning)

    return make


def _damaged(path: Path) -> None:
    """An ext4 whose group descriptors are overwritten."""
    disks.ext_volume(path, 8 * MIB, {"a.txt": content("letter 1")}, block=1024)
    with path.open("r+b") as file:
        file.seek(2048)
        file.write(b"\xff" * 4096)


UNREADABLE: dict[str, Callable[[Path], None]] = {
    "luks": _begins_with(b"LUKS\xba\xbe\x00\x01" + bytes(200)),
    "bitlocker": _begins_with(b"\xeb\x58\x90-FVE-FS-"),
    "refs": _begins_with(bytes(3) + b"ReFS" + bytes(505)),
    "noise": _begins_with(b""),
    "damaged": _damaged,
    "zeros": lambda path: disks.zeros(path, 4 * MIB),
}
