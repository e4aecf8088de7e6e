"""The shipped profiles, as an agent runs them, beside fiwalk and photorec, on four disks.

    unknown       20,000 files of unknown bytes, 420 MB, ext4
    debian        what this Debian has in /usr, 400 MB of it, ext4
    windows       a computer with Windows: 20,000 files, NTFS (windows_disk.py)
    photographer  photographs of 12 megapixels, ext4

`SEEK_BENCH_DISKS` names some; `SEEK_BENCH_SMALL=20` makes all a twentieth; `SEEK_BENCH_RUNS` rounds
are the median of. One file of each disk is in the set: the seconds to it, from the start of the
command. What looking costs shows beside the digests alone.
"""

import hashlib
import json
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests import disks
from tests.bench import photographs, windows_disk
from tests.bench.hashing import SEEK
from tests.bench.measure import Measured, measure, medians, table
from tests.bench.unlike import unlike
from tests.demo import photographs as demo_photographs

PROFILES = ("quick", "standard", "thorough")
SMALL = int(os.environ.get("SEEK_BENCH_SMALL", "1"))
RUNS = int(os.environ.get("SEEK_BENCH_RUNS", "1"))


def run() -> str:
    """A table a disk."""
    wanted = os.environ.get("SEEK_BENCH_DISKS", ",".join(_DISKS)).split(",")
    told = ["## The shipped profiles\n"]
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="seek-profiles-", dir="/var/tmp") as folder:
            told.append(_disk(name, Path(folder)))
    return "\n".join(told)


def _disk(name: str, folder: Path) -> str:
    image, known = folder / "disk.img", folder / "known.txt"
    known.write_text(f"{_DISKS[name](image)}\n")
    whose: dict[str, Callable[[bool], Measured]] = {
        f"seek, {profile}": partial(_seek, image, known, profile) for profile in PROFILES
    }
    whose["seek, digests alone"] = partial(_seek, image, known, str(_digests(folder)))
    whose["fiwalk (MD5 and SHA-1)"] = lambda watch: measure(
        ["fiwalk", "-x", str(image)], watch_memory=watch
    )
    if shutil.which("photorec"):
        whose["photorec (takes out by content)"] = partial(_photorec, image)
    found = medians(RUNS, whose)
    first = {f"seek, {profile}": _first(image, known, profile) for profile in PROFILES}
    fiwalk = found["fiwalk (MD5 and SHA-1)"].wall
    rows = [
        [
            who,
            f"{each.wall:.1f}",
            f"{each.wall / fiwalk:.2f}",
            f"{each.cpu:.1f}",
            f"{each.peak / 1e6:.0f}",
            first.get(who, ""),
        ]
        for who, each in found.items()
    ]
    head = ("", "wall s", "/ fiwalk", "CPU s", "peak MB", "first finding s")
    return f"### {name}: {image.stat().st_size / 1e6:.0f} MB\n\n{table(head, rows)}"


def _digests(folder: Path) -> Path:
    """What is left of a scan where nothing is looked at: listing, reading, digests, look-up."""
    path = folder / "digests.yaml"
    path.write_text('name: digests\ndescription: "Digests."\ndetectors:\n  - use: hash_set\n')
    return path


def _seek(image: Path, known: Path, profile: str, watch: bool) -> Measured:
    with tempfile.TemporaryDirectory(dir=image.parent) as out:
        command = _command(image, known, profile, Path(out))
        return measure(command, codes=(0, 3), watch_memory=watch)


def _command(image: Path, known: Path, profile: str, out: Path) -> list[str]:
    return [SEEK, "scan", str(image), "--profile", profile, "--hash-set", str(known),
            "--out", str(out / "bundle")]  # fmt: skip


def _first(image: Path, known: Path, profile: str) -> str:
    """Seconds from the start of the command until what the set holds is named."""
    with tempfile.TemporaryDirectory(dir=image.parent) as out:
        begun = time.monotonic()
        command = [*_command(image, known, profile, Path(out)), "--json"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if json.loads(line)["event"] in ("spotted", "finding"):
                    process.terminate()
                    return f"{time.monotonic() - begun:.1f}"
    return "never"


def _photorec(image: Path, watch: bool) -> Measured:
    """It takes out what it knows by content, and hashes nothing. It wants a terminal."""
    with tempfile.TemporaryDirectory(dir=image.parent) as out:
        wish = "partition_none,options,paranoid_no,wholespace,search"
        command = shlex.join(["photorec", "/d", f"{out}/taken", "/cmd", str(image), wish])
        return measure(["env", "TERM=xterm", "script", "-qc", command, "/dev/null"],
                       watch_memory=watch)  # fmt: skip


def _unknown(image: Path) -> str:
    names = disks.many_files(image, "ext4", 20_000 // SMALL, 420_000_000 // SMALL)
    return _digest_in(image, names[len(names) // 2])


def _debian(image: Path) -> str:
    files: dict[str, bytes] = {}
    left = 400_000_000 // SMALL
    paths = sorted(path for path in Path("/usr").rglob("*") if path.is_file())
    for path in random.Random(5).sample(paths, len(paths)):
        if path.is_symlink() or path.stat().st_size > left:
            continue
        files[str(path).lstrip("/")] = path.read_bytes()
        left -= path.stat().st_size
        if left < 1_000_000 // SMALL:
            break
    disks.ext_volume(image, sum(map(len, files.values())) * 5 // 4 + (256 << 20), files)
    return hashlib.sha256(next(iter(files.values()))).hexdigest()


def _windows(image: Path) -> str:
    return next(iter(windows_disk.make(image, 20_000 // SMALL).notable.values()))


def _photographer(image: Path) -> str:
    made = [photographs.camera(each) for each in demo_photographs()[:8]]
    files = {
        f"home/sam/Pictures/{n // 40}/IMG_{n}.jpg": unlike(made[n % len(made)], n // len(made))
        for n in range(max(8, 200 // SMALL))
    }
    disks.ext_volume(image, sum(map(len, files.values())) * 11 // 10 + (64 << 20), files)
    return hashlib.sha256(list(files.values())[len(files) // 2]).hexdigest()


def _digest_in(image: Path, path: str) -> str:
    listed = subprocess.run(
        ["debugfs", "-R", f"cat /{path}", str(image)], capture_output=True, check=True
    )
    return hashlib.sha256(listed.stdout).hexdigest()


_DISKS: dict[str, Callable[[Path], str]] = {
    "unknown": _unknown, "debian": _debian, "windows": _windows, "photographer": _photographer,
}  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(run())
