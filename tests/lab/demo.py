"""`make lab-demo`: twenty disks of harmless pictures are searched, and what cases share is told.

The pictures are clouds drawn by chance. Planted are one content that two cases share, one picture
that was saved again, smaller, two different pictures by one camera, and the recycle bin of one
Windows account on two drives: all of it must be found, and nothing besides. At the end the store's
pages are served, and a browser is opened; without a terminal, or with --no-browser, it is only said
how.
"""

import io
import json
import re
import secrets
import subprocess
import sys
import webbrowser
from collections import defaultdict
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import cv2
import numpy as np
from PIL import Image

from tests import disks
from tests.demo import SEEK, run

CASES = tuple(f"DEMO-{n}" for n in range(1, 7))
NO_BROWSER = "--no-browser"
PLANTED = {
    ("DEMO-1", "DEMO-2"): "exact",
    ("DEMO-3", "DEMO-4"): "looks",
    ("DEMO-5", "DEMO-6"): "cameras",
    ("DEMO-1", "DEMO-6"): "accounts",
}
KINDS = ("exact", "looks", "cameras", "devices", "computers", "volumes", "accounts", "phones")
SERIAL = "3045872"
ACCOUNT = "S-1-5-21-3623811015-3361044348-30300820-1013"
PROFILE = """name: lab demo
description: digests and looks
detectors:
  - use: hash_set
  - use: perceptual
previews: {keep: true}
"""
Files = dict[str, bytes]


def cloud(seed: int, *, size: int = 640, quality: int = 92, serial: str = "") -> bytes:
    """A JPEG of a cloud that no other number gives."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 256, (9, 9, 3)).astype(np.float32)
    pixels = np.clip(cv2.resize(coarse, (640, 640), interpolation=cv2.INTER_CUBIC), 0, 255)
    picture = Image.fromarray(pixels.astype(np.uint8)).resize((size, size))
    said = Image.Exif()
    if serial:
        said[271], said[272] = "Nikon", "D70"
        said.get_ifd(0x8769).update({42033: serial, 36867: "2026:01:02 03:04:05"})
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=said)
    return out.getvalue()


def contents(disk_count: int) -> list[tuple[str, Files]]:
    """What lies on each disk, and of which case it is."""
    found: list[tuple[str, Files]] = []
    for n in range(disk_count):
        own = {f"DCIM/IMG_{n:02}{k}.JPG": cloud(1000 + 10 * n + k) for k in range(3)}
        own["WINDOWS.DLL"] = b"the same on every computer" * 100
        found.append((CASES[n % len(CASES)], own))
    found[0][1]["DCIM/HOLIDAY.JPG"] = found[1][1]["OLD/COPY.JPG"] = cloud(1)
    found[2][1]["DCIM/BEACH.JPG"] = cloud(2)
    found[3][1]["CACHE/SMALL.JPG"] = cloud(2, size=400, quality=70)
    for n in (4, 5):
        found[n][1][f"DCIM/BY_{n}.JPG"] = cloud(2 + n, serial=SERIAL)
    for n in (0, 5):
        found[n][1][f"$RECYCLE.BIN/{ACCOUNT}/$R{n}.TXT"] = b"%d" % n * 999
    return found


def main() -> int:
    """Make, search, take in, tell. Returns the exit code."""
    words = [word for word in sys.argv[1:] if word != NO_BROWSER]
    folder = Path(words[0] if words else "build/lab-demo")
    disk_count = int(words[1]) if len(words) > 1 else 20
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "profile.yaml").write_text(PROFILE)
    (folder / "notable.txt").write_text(f"{sha256(cloud(1)).hexdigest()}  planted\n")
    for n, (case, files) in enumerate(contents(disk_count)):
        if _search(folder, n, case, files):
            return 1
    store = folder / "store"
    bundles = sorted(map(str, (folder / "bundles").iterdir()))
    for command in (
        ["init", str(store), "--agency", "Demo"],
        ["import", str(store), *bundles],
        ["cases", str(store)],
        ["overlaps", str(store), "--places"],
        ["priorities", str(store)],
        ["series", str(store)],
        ["trends", str(store), "--by", "kind"],
        ["verify", str(store)],
    ):
        if run([SEEK, "lab", *command]):
            return 1
    return _judge(store) or _show(store, served=NO_BROWSER not in sys.argv)


def _search(folder: Path, number: int, case: str, files: Files) -> int:
    disk = folder / f"disk-{number:02}.img"
    disks.fat_volume(disk, 64 << 20, files)
    scanned = run(
        [SEEK, "scan", str(disk), "--profile", str(folder / "profile.yaml"), "--case", case,
         "--exhibit", f"disk {number}", "--hash-set", str(folder / "notable.txt"),
         "--out", str(folder / "bundles")]
    )  # fmt: skip
    return 0 if scanned in (0, 3) else scanned


def _show(store: Path, *, served: bool) -> int:
    """The pages, until Ctrl-C; where nobody would see them, how to get them."""
    if not (served and sys.stdin.isatty() and sys.stdout.isatty()):
        print(f"\nIts pages:  seek lab user add {store} you --role analyst")
        print(f"            seek lab serve {store}")
        return 0
    word = secrets.token_urlsafe(12)
    account = [SEEK, "lab", "user", "add", str(store), "demo", "--role", "analyst"]
    subprocess.run([*account, "--password-file", "-"], input=word, text=True, check=True)
    print(f"\nSign in as demo, with the password {word}")
    with subprocess.Popen(
        [SEEK, "lab", "serve", store, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as pages:
        assert pages.stdout is not None
        said = pages.stdout.readline()
        print(said, end="")
        if found := re.search(r"https?://\S+", said):
            webbrowser.open(found[0])
        try:
            return pages.wait()
        except KeyboardInterrupt:
            return pages.wait()


def _judge(store: Path) -> int:
    """Whether just what was planted was found."""
    done = subprocess.run(
        [SEEK, "lab", "overlaps", str(store), "--json"], capture_output=True, check=True
    )
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in done.stdout.splitlines():
        told = json.loads(line)
        pair = (told["one"], told["other"])
        found[pair] += [kind for kind in KINDS if told[kind]]
    if found != {pair: [kind] for pair, kind in PLANTED.items()}:
        print(f"\nPlanted: {PLANTED}\nFound:   {dict(found)}")
        return 1
    print("\nAll that was planted was found, and nothing besides.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
