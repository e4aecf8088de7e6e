"""What is compared with: sets that are not there, not whole, or too old."""

from pathlib import Path

from tests.endings.situations import FIRST, TEXT, WITH_TYPES, Asked, camera, md5_set, situation
from triage.ending import Reason
from triage.hashsets.importing import BuildOrder, build
from triage.profile import SetKind


@situation("No hash set was given", Reason.NO_HASH_SET)
def no_set(folder: Path) -> Asked:
    """The profile wants to look up, and there is nothing to look up in."""
    return Asked(sources=[camera(folder)])


@situation("Only a set of known files", Reason.NO_HASH_SET, Reason.KNOWN)
def only_known(folder: Path) -> Asked:
    """Nothing notable could be recognised."""
    path = folder / "nsrl.md5"
    md5_set(folder, FIRST, TEXT, name=path.name)
    profile = WITH_TYPES + f"hash_sets: [{{file: {path}, kind: known}}]\n"
    return Asked(sources=[camera(folder)], profile=profile)


@situation("A hash set that has expired, and nothing else wrong", Reason.SET_EXPIRED)
def expired(folder: Path) -> Asked:
    """Newer material is not in it."""
    built = folder / "old.seekset"
    order = BuildOrder(
        inputs=[md5_set(folder)], name="national set", kind=SetKind.NOTABLE, expires="2020-01-31"
    )
    build(order, built)
    return Asked(sources=[camera(folder)], sets=[built])


@situation("A hash set with a line that was not understood", Reason.SET_IN_PART)
def in_part(folder: Path) -> Asked:
    """What that line meant was not looked for."""
    several = [bytes([number]) for number in range(9)]
    return Asked(
        sources=[camera(folder)], sets=[md5_set(folder, *several, more="zz-not-a-digest-zz\n")]
    )


@situation("A document among the lab's sets on the stick", Reason.SET_LEFT_OUT)
def left_out_of_the_folder(folder: Path) -> Asked:
    """It is named, and the others are used."""
    place = folder / "hash-sets"
    place.mkdir()
    md5_set(place)
    (place / "notes.docx").write_bytes(b"PK\x03\x04" + bytes(5000))
    (place / "desktop.ini").write_text("[.ShellClassInfo]\n")
    return Asked(sources=[camera(folder)], options=["--hash-sets-in", str(place)])


@situation("What a computer leaves behind by itself, among the lab's sets")
def only_desktop_ini(folder: Path) -> Asked:
    """Nobody meant it to be a set."""
    place = folder / "hash-sets"
    place.mkdir()
    md5_set(place)
    (place / "desktop.ini").write_text("[.ShellClassInfo]\n")
    (place / ".DS_Store").write_bytes(bytes(100))
    return Asked(sources=[camera(folder)], options=["--hash-sets-in", str(place)])
