"""A disk whose findings are of every sort that an export could lose, and the lab's set of them.

Only clouds drawn by chance. What a reader could get wrong lies at: two places for one content, an
alternate stream, a deleted name, names of other alphabets and of signs that other formats use, a
member of an archive, a picture behind another's end, a video, a volume inside an encrypted one.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path

from tests import disks
from tests.detectors.films import film
from tests.lab.demo import cloud
from tests.locked import luks

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media"
PROFILE = """name: readers
description: digests, in archives and in parts of files too
detectors:
  - use: hash_set
  - use: type
  - use: perceptual
previews: {keep: false}
"""


def make(folder: Path) -> tuple[Path, Path, Path, Path]:
    """The disk, the set, the profile, and the file with the volume's password."""
    clouds = [cloud(n, size=200) for n in range(1, 10)]
    twice, stream, deleted, member, odd, behind, sealed, quoted, film_of = (*clouds[:8], film())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("trip/day 1.jpg", member)
    windows = {
        "Users/Sam/Pictures/IMG_1.JPG": twice,
        "Users/Sam/Documents/list.txt": b"eggs\nmilk\n",
        "Users/Sam/Downloads/trip.zip": packed.getvalue(),
        "Users/Sam/Pictures/\u043b\u0435\u0442\u043e \u590f <1> & more.jpg": odd,
        "Users/Sam/Pictures/two in one.jpg": clouds[8] + behind,
        "Users/Sam/Videos/clip.mp4": film_of,
    }
    home = {"home/sam/a, 'quoted' name; x.jpg": quoted, "home/sam/copy of IMG_1.jpg": twice}
    camera = {"DCIM/100CANON/IMG_0007.JPG": deleted, "DCIM/100CANON/IMG_0008.JPG": cloud(20)}
    parts = [folder / name for name in ("windows", "home", "camera", "sealed")]
    at = ("Users/Sam/Documents/list.txt", "notes")
    disks.ntfs_volume(parts[0], 24 << 20, windows, label="Windows", streams={at: stream})
    disks.ext_volume(parts[1], 24 << 20, home, label="home")
    disks.fat_volume(
        parts[2], 40 << 20, camera, label="CAMERA", deleted=["DCIM/100CANON/IMG_0007.JPG"]
    )
    plain = folder / "plain"
    disks.ext_volume(plain, 16 << 20, {"kept/IMG_3.JPG": sealed}, label="kept")
    luks.volume(parts[3], plain.read_bytes())
    disk = folder / "suspect.img"
    disks.gpt_disk(disk, parts, names=["Windows", "home", "camera", "sealed"],
                   types=["basic data", "linux", "basic data", "linux"])  # fmt: skip
    known = [twice, stream, deleted, member, odd, behind, sealed, quoted, film_of]
    files = (folder / "notable.json", folder / "profile.yaml", folder / "passwords.txt")
    files[0].write_text(json.dumps({"@odata.context": CONTEXT, "value": _media(known)}))
    files[1].write_text(PROFILE)
    files[2].write_text(f"{luks.PASSPHRASE}\n")
    return disk, *files


def _media(known: list[bytes]) -> list[dict[str, object]]:
    """As a lab's set has them: a category each, from 1 to 4."""
    return [
        {
            "MediaID": n,
            "Category": 1 + n % 4,
            "MD5": hashlib.md5(content, usedforsecurity=False).hexdigest().upper(),
            "SHA1": hashlib.sha1(content, usedforsecurity=False).hexdigest().upper(),
            "MediaSize": len(content),
        }
        for n, content in enumerate(known, 1)
    ]
