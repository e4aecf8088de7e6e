"""Scans that looked at all that was asked for: the plain "no findings" may be said."""

from pathlib import Path

from tests.endings.situations import (
    FIRST,
    TEXT,
    WITH_TYPES,
    Asked,
    asked,
    camera,
    md5_set,
    situation,
)
from triage.ending import Reason


@situation("A readable volume, a hash set, everything read", findings=0)
def all_read(folder: Path) -> Asked:
    """The only plain "no findings"."""
    return asked(folder, camera(folder))


@situation("The same, and known material on it", findings=1)
def all_read_and_found(folder: Path) -> Asked:
    """Findings and a complete scan are two things."""
    return asked(folder, camera(folder), known=[FIRST])


@situation("A folder, all of whose files were read")
def folder_read(folder: Path) -> Asked:
    """What a folder cannot show is said in the devices' table."""
    place = folder / "pictures"
    place.mkdir()
    (place / "a.jpg").write_bytes(FIRST)
    return asked(folder, place)


@situation("A profile that looks nothing up needs no hash set")
def no_set_wanted(folder: Path) -> Asked:
    """All that was asked for was looked at."""
    profile = "name: types\ndescription: types\ndetectors: [{use: type}]\n"
    return Asked(sources=[camera(folder)], profile=profile)


@situation("Larger content was left out, as the profile asks", Reason.LEFT_OUT)
def left_out(folder: Path) -> Asked:
    """All that was asked for was looked at; what was not asked for is counted."""
    profile = WITH_TYPES + "look_at: {largest_bytes: 1 KB}\n"
    return Asked(sources=[camera(folder)], sets=[md5_set(folder)], profile=profile)


@situation("Content in a set of known files, beside a notable one", Reason.KNOWN)
def known(folder: Path) -> Asked:
    """As with NSRL: looked at no further, and counted."""
    path = folder / "nsrl.md5"
    md5_set(folder, FIRST, TEXT, name=path.name)
    profile = WITH_TYPES + f"hash_sets: [{{file: {path}, kind: known}}]\n"
    return Asked(sources=[camera(folder)], sets=[md5_set(folder)], profile=profile)


@situation("A time limit that was not reached")
def in_time(folder: Path) -> Asked:
    """A limit is no reason by itself."""
    return Asked(sources=[camera(folder)], sets=[md5_set(folder)], options=["--time-limit", "1 h"])
