"""What glances gain: camera photographs with EXIF thumbnails, a few of which look like known ones.

No digest finds these: they were saved anew. The same scan is run with a first pass over thumbnails
and without; and once more for photographs that only their digests betray, which glances delay.
"""

import hashlib
import io
import os
import random
import subprocess
from pathlib import Path

from PIL import Image

from tests.bench import recall_curves
from tests.bench.measure import table
from tests.bench.unlike import unlike
from tests.conftest import SEEK
from tests.demo import photographs
from tests.disks import ext_volume
from tests.parts.making import shrunk, with_exif_thumbnail
from triage.profile import text_of

COUNT = int(os.environ.get("SEEK_BENCH_PHOTOGRAPHS", "400"))
NOTABLE = 8
SIDE = 4000
MARKS = ("to the first", "50 %", "90 %", "100 % of the notable", "end")


def run(folder: Path) -> str:
    """The table."""
    chance = random.Random(4)
    colour = [p for p in photographs() if Image.open(io.BytesIO(p)).mode == "RGB"]
    known, others = colour[0], [camera(picture) for picture in colour[1:9]]
    looked_for = camera(known)
    chosen = set(chance.sample(range(COUNT), NOTABLE))
    files = {
        f"home/sam/Pictures/{n // 40}/IMG_{chance.randrange(10**6):06}_{n}.jpg":
        unlike(looked_for if n in chosen else others[n % len(others)], n) + n.to_bytes(4, "little")
        for n in range(COUNT)
    }  # fmt: skip
    alike = {path: "" for number, path in enumerate(files) if number in chosen}
    disk = folder / "photographs.img"
    ext_volume(disk, sum(map(len, files.values())) * 11 // 10 + (64 << 20), files)
    digests = folder / "digests.txt"
    digests.write_text("".join(f"{hashlib.sha256(files[path]).hexdigest()}\n" for path in alike))
    rows = []
    for what, hash_set in (("by their look", _by_look(known, folder)), ("by digest", digests)):
        for glances in (True, False):
            out = folder / f"out-{hash_set.stem}-{glances}"
            profile = str(_profile(folder, glances=glances))
            told = recall_curves.seek(disk, hash_set, out, alike, rotating=False, profile=profile)
            rows.append([what, "yes" if glances else "no", *told.cells(NOTABLE)])
    size = sum(map(len, files.values())) / COUNT / 1e6
    disk.unlink()
    return (
        f"{COUNT} photographs of 12 megapixels ({size:.1f} MB each) with EXIF thumbnails, "
        f"{NOTABLE} of them notable; seconds from the start of the command.\n\n"
        + table(("found", "glances", *MARKS), rows)
    )


def camera(picture: bytes) -> bytes:
    """As a camera would save it: 12 megapixels, an EXIF thumbnail."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = image.resize((SIDE, SIDE * 3 // 4))
    noise = Image.effect_noise(image.size, 12).convert("RGB")  # as a sensor's
    image = Image.blend(image, noise, 0.25)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return with_exif_thumbnail(out.getvalue(), shrunk(out.getvalue()))


def _by_look(picture: bytes, folder: Path) -> Path:
    """A set that holds the picture's perceptual hash, and the digest of another copy of it."""
    pictures = folder / "known"
    pictures.mkdir()
    (pictures / "known.jpg").write_bytes(shrunk(camera(picture), 1200))
    target = folder / "look.seekset"
    subprocess.run(
        [SEEK, "hash-set", "build", "--pictures", str(pictures), "--out", str(target), "--name",
         "known"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return target


def _profile(folder: Path, *, glances: bool) -> Path:
    path = folder / f"glances-{glances}.yaml"
    wish = f"before_pictures: {str(glances).lower()}"
    path.write_text(text_of("quick").replace("before_pictures: true", wish))
    return path
