"""Disks of 2, 20 and 200 GB as listings alone: what would lie where on a computer with Windows.

Of ten notable pictures five lie in folders of their own where people keep things, two among other
pictures of theirs, two in hiding places among a system's files, and one anywhere, under the name of
what would be there otherwise: as on the disk that is really made (windows_disk.py).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.windows_disk import HIDDEN, LIKELY
from triage.evidence import FileEntry, Run, Storage

MB, KB = 1_000_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A sort of files: how many, how large (mean), and where they lie."""

    count: int
    size: int
    paths: tuple[str, ...]
    endings: tuple[str, ...]
    folders: int
    together: float
    """How many of them are written one after another, on average, on a disk that is used in
    sittings; on a mixed one it is one."""


def _windows(
    *, system: tuple[int, int], programs: tuple[int, int], cache: tuple[int, int],
    pictures: tuple[int, int], documents: tuple[int, int], films: tuple[int, int],
) -> tuple[Kind, ...]:  # fmt: skip
    """Count and mean size of each."""

    def kind(of: tuple[int, int], paths: str, endings: str, folders: int, together: int) -> Kind:
        return Kind(
            count=of[0],
            size=of[1],
            paths=tuple(paths.split(",")),
            endings=tuple(endings.split(",")),
            folders=folders,
            together=together,
        )

    return (
        kind(system, "Windows/WinSxS/c", "dll,dll,mum,cat", 2000, 200),
        kind(programs, "Program Files/App", "dll,dat,png,xml", 300, 100),
        kind(cache, "Users/Sam/AppData/Local/Browser/Cache/Cache_Data/", "", 1, 15),
        kind(
            pictures, "Users/Sam/Pictures/,Users/Sam/Downloads/,Users/Sam/Desktop/", "jpg", 12, 40
        ),
        kind(
            documents,
            "Users/Sam/Documents/,Users/Sam/AppData/Roaming/App/",
            "docx,pdf,txt,zip,tmp,log",
            30,
            5,
        ),
        kind(films, "Users/Sam/Videos/", "mp4", 5, 2),
    )


SIZES = {
    "2 GB": _windows(
        system=(88_000, 12 * KB), programs=(32_000, 9 * KB), cache=(24_000, 25 * KB),
        pictures=(4_800, 90 * KB), documents=(11_200, 16 * KB), films=(0, 0)),
    "20 GB": _windows(
        system=(110_000, 50 * KB), programs=(40_000, 80 * KB), cache=(25_000, 40 * KB),
        pictures=(2_500, 2 * MB), documents=(6_000, 200 * KB), films=(25, 100 * MB)),
    "200 GB": _windows(
        system=(150_000, 120 * KB), programs=(70_000, 400 * KB), cache=(40_000, 60 * KB),
        pictures=(20_000, 3_500 * KB), documents=(15_000, 600 * KB), films=(300, 170 * MB)),
}  # fmt: skip


def made(name: str, *, mixed: bool, seed: int = 7) -> tuple[list[FileEntry], set[str]]:
    """The entries as they would be listed, and the paths of the notable. `mixed`: what came last
    lies anywhere, as after years of deleting; else as it came, in sittings."""
    chance = random.Random(seed)
    files = list(_sittings(chance, SIZES[name], mixed=mixed))
    notable = set(chance.sample(range(len(files)), len(files) // 1000))
    entries, known, at = [], set(), 4 << 30
    for number, (path, size) in enumerate(files):
        if number in notable:
            path, size = _notable(chance, number, path, size)  # noqa: PLW2901
            known.add(path)
        entries.append(
            FileEntry(
                id=number,
                volume_id="d0v1",
                path=path,
                size=size,
                storage=Storage.RUNS,
                runs=(Run(at, size),),
            )
        )
        at += -(-size // 4096) * 4096
    entries.sort(key=lambda entry: entry.path)
    return entries, known


def _sittings(
    chance: random.Random, kinds: tuple[Kind, ...], *, mixed: bool
) -> Iterator[tuple[str, int]]:
    """Path and size, as they lie."""
    left = {kind: kind.count for kind in kinds if kind.count}
    number = 0
    while left:
        weights = [count / (1 if mixed else kind.together) for kind, count in left.items()]
        kind = chance.choices(list(left), weights)[0]
        sitting = 1 if mixed else min(left[kind], 1 + int(chance.expovariate(1 / kind.together)))
        folder = f"{chance.choice(kind.paths)}{chance.randrange(kind.folders)}"
        for _ in range(sitting):
            number += 1
            ending = chance.choice(kind.endings)
            size = max(800, int(kind.size * chance.lognormvariate(-0.32, 0.8)))
            yield f"{folder}/f{number}{'.' if ending else ''}{ending}", size
            if mixed:
                folder = f"{chance.choice(kind.paths)}{chance.randrange(kind.folders)}"
        left[kind] -= sitting
        if not left[kind]:
            del left[kind]


def _notable(chance: random.Random, number: int, path: str, size: int) -> tuple[str, int]:
    where = chance.random()
    if where < 0.5:
        return f"{chance.choice(LIKELY)}/n{number}.jpg", 120 * KB
    if where < 0.7:
        return f"Users/Sam/Pictures/{number % 12}/n{number}.jpg", 120 * KB
    if where < 0.9:
        ending = chance.choice(("dat", "bin", "tmp", "jpg"))
        return f"{chance.choice(HIDDEN)}/n{number}.{ending}", 120 * KB
    return path, size
