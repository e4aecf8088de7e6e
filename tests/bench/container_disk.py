"""A disk whose known pictures lie in containers but for one: `seek scan`, beside stock tools.

Part of `python -m tests.bench containers`. The stock tools are tsk_recover, then for each kind the
one that opens it (bsdtar, munpack, pdfdetach), again for what came out of those, and sha256deep
against the list: what an examiner's script does that knows where to look.
"""

import hashlib
import json
import random
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.measure import Measured, measure, medians, table
from tests.conftest import SEEK
from tests.containers import making
from tests.disks import ext_volume
from tests.members import making_mails, making_pdfs
from tests.members.writing import archived

BYTES = 400_000
RUNS = 3
Contender = Callable[[bool], Measured]
PROFILE = "name: digests\ndescription: digests\ndetectors: [{use: hash_set}]\n"
SCRIPT = """
out=$(mktemp -d -p "$1"); tsk_recover -a "$2" "$out" >/dev/null
for round in 1 2 3; do
  find "$out" -type f ! -name '*.jpg' ! -name '*.opened' -print0 | while IFS= read -r -d '' file; do
    into="$file.in"; mkdir -p "$into"
    case "$file" in
      *.pdf) pdfdetach -saveall -o "$into" "$file" ;;
      *.eml|*.mbox) (cd "$into" && munpack -q "$file") ;;
      *) bsdtar -xf "$file" -C "$into" ;;
    esac >/dev/null 2>&1
    mv "$file" "$file.opened"
  done
done
sha256deep -r -m "$3" "$out" | wc -l >"$1/matched"
rm -rf "$out"
"""


def run() -> str:
    """The table."""
    pictures = [_picture(number) for number in range(116)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        disk, known = folder / "disk.img", folder / "known.txt"
        ext_volume(disk, 256 << 20, _files(pictures))
        digests = (hashlib.sha256(each).hexdigest() for each in pictures)
        known.write_text("".join(f"{each}  known\n" for each in digests))
        (folder / "profile.yaml").write_text(PROFILE)
        ways = {"seek scan": _seek(folder), "stock tools": _stock(folder)}
        told = medians(RUNS, ways)
        found = {"seek scan": _found(folder), "stock tools": (folder / "matched").read_text()}
    rows = [
        (way, found[way].strip(), f"{took.wall:.1f}", f"{took.cpu:.1f}", f"{took.peak / 1e6:.0f}")
        for way, took in told.items()
    ]
    title = f"## A disk of 116 pictures of {BYTES:,} bytes, 115 of them in containers\n\n"
    return title + table(("", "found", "wall s", "CPU s", "most memory, MB"), rows)


def _picture(number: int) -> bytes:
    """Not one that shows anything: what matters here are its bytes."""
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0" + random.Random(number).randbytes(BYTES) + b"\xff\xd9"


def _files(pictures: list[bytes]) -> dict[str, bytes]:
    left = iter(enumerate(pictures))

    def some(count: int) -> dict[str, bytes]:
        return {f"{number}.jpg": each for number, each in (next(left) for _ in range(count))}

    office = {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}
    return {
        "open.jpg": next(left)[1],
        "stored.zip": making.zipped(some(20), method=zipfile.ZIP_STORED),
        "in a zip.zip": making.zipped({"deep.zip": making.zipped(some(15))}),
        "solid.7z": archived("7zip", some(15), room=32 << 20),
        "a.tar": making.tarred("w", some(15)),
        "a.tar.gz": making.tarred("w:gz", some(15)),
        "letter.docx": making.zipped(
            office | {f"word/media/{name}": each for name, each in some(15).items()}
        ),
        "leaflet.pdf": making_pdfs.with_files(some(10)),
        "letter.eml": making_mails.message(some(5)),
        "inbox.mbox": making_mails.mailbox([making_mails.message(some(1)) for _ in range(5)]),
    }


def _seek(folder: Path) -> Contender:
    options = ["--profile", folder / "profile.yaml", "--hash-set", folder / "known.txt"]

    def act(watched: bool) -> Measured:
        out = tempfile.mkdtemp(dir=folder, prefix="out-")
        command = [SEEK, "scan", folder / "disk.img", *options, "--out", out]
        return measure([*map(str, command)], codes=(0, 3), watch_memory=watched)

    return act


def _stock(folder: Path) -> Contender:
    command = ["bash", "-c", SCRIPT, "script", folder, folder / "disk.img", folder / "known.txt"]

    def act(watched: bool) -> Measured:
        return measure([*map(str, command)], watch_memory=watched)

    return act


def _found(folder: Path) -> str:
    """Different contents of the list that the last scan's bundle names."""
    document = json.loads(max(folder.glob("out-*/*/findings.json")).read_bytes())
    matches = [each for finding in document["findings"] for each in finding["result"]["matches"]]
    told = [each["provenance"] for each in matches]
    return str(len({each.get("part_sha256") or each["digest"] for each in told}))
