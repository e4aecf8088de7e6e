"""The installed program, run as anybody runs it, on what was made for it."""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triage.bundle.format.document import Document, Finding
from triage.bundle.writing.exports import read_document
from triage.errors import BundleError

_SECONDS = 300
"""For one run, on the slowest machine: it takes some."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One disk, and what came of it."""

    exit_code: int
    bundle: Path | None
    document: Document | None
    as_it_was: bool
    """Whether the disk has the bytes that it had."""
    said: str
    """The last line that the program wrote among its messages."""

    def finding(self, name: str) -> Finding | None:
        """That of the file of this name; None: there is none."""
        found = self.document.findings if self.document else ()
        return next((each for each in found if each.entry.path.endswith(name)), None)


def scan(disk: bytes, sets: Sequence[Path], folder: Path) -> Scanned:
    """Scan it with the shipped profile `quick`. `folder`: a new one, for disk and bundle."""
    folder.mkdir()
    image = folder / "disk.img"
    image.write_bytes(disk)
    out = folder / "out"
    of_sets = [word for each in sets for word in ("--hash-set", str(each))]
    code, said = seek("scan", str(image), "--profile", "quick", *of_sets, "--out", str(out))
    bundle = next(iter(sorted(out.iterdir())), None) if out.is_dir() else None
    digests = (hashlib.sha256(content).digest() for content in (disk, image.read_bytes()))
    return Scanned(code, bundle, _document(bundle), len({*digests}) == 1, said)


def seek(*words: str) -> tuple[int, str]:
    """Its exit code, and the last line of its messages."""
    command = [sys.executable, "-P", "-m", "cli", *words]
    done = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS,
                          stdin=subprocess.DEVNULL)  # fmt: skip
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return done.returncode, lines[-1] if lines else ""


def _document(bundle: Path | None) -> Document | None:
    try:
        return read_document(bundle) if bundle else None
    except BundleError:
        return None
