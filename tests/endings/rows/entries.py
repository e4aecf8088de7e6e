"""Entries that could not be read, and content that holds other content."""

import io
import zipfile
from pathlib import Path

from tests import disks
from tests.disks import MIB
from tests.endings.situations import (
    FIRST,
    SECOND,
    TEXT,
    WITH_ENCRYPTED,
    WITH_PICTURES,
    WITH_TYPES,
    Asked,
    asked,
    camera,
    md5_set,
    situation,
)
from triage.ending import Reason


@situation("A file whose clusters are lost", Reason.ENTRY_UNREADABLE)
def lost_clusters(folder: Path) -> Asked:
    """The chain of NOTE.TXT's clusters leads to a free one."""
    path = folder / "lost.img"
    disks.exfat_volume(path, 8 * MIB, {"A.JPG": FIRST, "NOTE.TXT": TEXT},
                       claimed={"NOTE.TXT": 50_000_000_000})  # fmt: skip
    return asked(folder, path)


def zipped(*contents: bytes, locked: bool = False) -> bytes:
    """A zip file of those; `locked`: with the bit set that says that they are encrypted."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        for number, content in enumerate(contents):
            file.writestr(f"{number}.jpg", content)
    raw = bytearray(whole.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(mark)
        while locked and at >= 0:
            raw[at + flags] |= 1
            at = raw.find(mark, at + 4)
    return bytes(raw)


@situation("Known material inside a zip", findings=1)
def containers(folder: Path) -> Asked:
    """Looked into, and found."""
    return asked(folder, camera(folder, A__ZIP=zipped(SECOND)), known=[SECOND])


@situation("A mail archive of a kind that nobody opens, inside a zip", Reason.CONTAINER_UNOPENED)
def unopened(folder: Path) -> Asked:
    """Compared as a whole: nobody looked inside."""
    notes = b"\x1a\0\0\x04\0\0" + bytes(600)
    return asked(folder, camera(folder, A__ZIP=zipped(TEXT, notes)))


@situation("A zip of which one member is damaged", Reason.ENTRY_UNREADABLE)
def damaged_container(folder: Path) -> Asked:
    """A checksum that is not that of the bytes."""
    content = bytearray(zipped(TEXT, SECOND))
    content[content.index(TEXT[:20]) + 3] ^= 1
    return asked(folder, camera(folder, A__ZIP=bytes(content)))


@situation("An encrypted zip", Reason.CONTAINER_ENCRYPTED)
def encrypted_container(folder: Path) -> Asked:
    """Told by the bit that its entries carry."""
    return asked(folder, camera(folder, A__ZIP=zipped(SECOND, locked=True)))


@situation(
    "The same, with a profile that makes findings of what is encrypted",
    Reason.CONTAINER_ENCRYPTED,
    findings=1,
    notable=False,
)
def encrypted_container_reported(folder: Path) -> Asked:
    """It is listed for the lab, and is no headline: nothing is known of what it holds."""
    source = camera(folder, A__ZIP=zipped(SECOND, locked=True))
    return Asked(sources=[source], sets=[md5_set(folder)], profile=WITH_ENCRYPTED)


@situation("A zip that is itself known material", findings=1)
def known_container(folder: Path) -> Asked:
    """Found, and looked into as well."""
    content = zipped(SECOND)
    return asked(folder, camera(folder, A__ZIP=content), known=[content])


@situation("A zip in a set of known files", Reason.KNOWN)
def container_of_the_system(folder: Path) -> Asked:
    """What a known set has is not looked into by any scan, and needs not be."""
    path = folder / "nsrl.md5"
    content = zipped(TEXT)
    md5_set(folder, content, name=path.name)
    profile = WITH_TYPES + f"hash_sets: [{{file: {path}, kind: known}}]\n"
    return Asked(sources=[camera(folder, A__ZIP=content)], sets=[md5_set(folder)], profile=profile)


def undecoded(folder: Path, profile: str) -> Asked:
    """A camera's raw file without any JPEG, JPEG XR, and noise under the name of a picture."""
    raw = b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(600)
    noise = bytes(range(7, 250)) * 9
    jxr = b"II\xbc\x01\x20\x00\x00\x00" + bytes(300)
    disk = camera(folder, A__CR2=raw, B__JXR=jxr, C__JPG=noise)
    return Asked(sources=[disk], sets=[md5_set(folder)], profile=profile)


@situation("Pictures of kinds that are not decoded", Reason.PICTURE_UNDECODED)
def undecoded_pictures(folder: Path) -> Asked:
    """Compared by digest alone, in a scan that looks at pictures."""
    return undecoded(folder, WITH_PICTURES)


@situation("The same, with a profile that decodes no pictures")
def undecoded_by_digests(folder: Path) -> Asked:
    """All that it asked for was done."""
    return undecoded(folder, WITH_TYPES)


@situation("Pictures with more content than the profile decodes", Reason.PICTURE_UNDECODED)
def too_large_to_decode(folder: Path) -> Asked:
    """The limit is the profile's; what lies beyond it nobody looked at."""
    profile = WITH_PICTURES + "limits: {decode_bytes: 2 kB}\n"
    return Asked(sources=[camera(folder)], sets=[md5_set(folder)], profile=profile)
