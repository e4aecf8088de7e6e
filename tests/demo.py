"""`make demo`: a sample disk, scanned as an agent would; the bundle, verified as a lab would.

Every command is printed before it runs; what it prints is its own.
"""

import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from tests.disks import KnownAnswers, sample_suspect_disk

SEEK = str(Path(sys.executable).with_name("seek"))


def photographs() -> list[bytes]:
    """Benign photographs that scikit-image and scikit-learn carry, by name, the largest first."""
    folders = (package("skimage") / "data", package("sklearn") / "datasets")
    files = [file for folder in folders for file in folder.rglob("*.[jp][pn]g")]
    files = [file for file in files if file.stat().st_size > 30_000]
    return [file.read_bytes() for file in sorted(files, key=lambda file: file.name)]


def package(name: str) -> Path:
    """Its folder; it is not imported, which takes a second."""
    found = find_spec(name)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def main() -> int:
    """Make, scan, show, verify. Returns the exit code."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
    folder.mkdir(parents=True, exist_ok=True)
    disk, known_set = folder / "suspect.img", folder / "notable.seekset"
    bundles = folder / "bundles"
    for stale in (disk, known_set):
        stale.unlink(missing_ok=True)
    answers = sample_suspect_disk(disk, photographs())
    print(f"Made {disk}: four volumes, {len(answers.files)} files, three of them notable:")
    for known in answers.notable:
        print(f"  {known.volume}: {known.path}{':' + known.stream if known.stream else ''}")
    _build_set(answers, known_set)
    run([SEEK, "devices", str(disk)])
    scanned = run(
        [SEEK, "scan", str(disk), "--profile", "quick", "--hash-set", str(known_set),
         "--case", "DEMO-1", "--exhibit", "A1", "--examiner", "A. Newcomer",
         "--out", str(bundles)]
    )  # fmt: skip
    if scanned not in (0, 3):
        return scanned
    bundle = max(bundles.iterdir(), key=lambda each: each.stat().st_mtime)
    return _verify(bundle)


def run(command: list[str], *, cwd: Path | None = None, stdin: IO[bytes] | None = None) -> int:
    """Show the command, run it, and give its exit code."""
    shown = [Path(SEEK).name if part == SEEK else part for part in command]
    print(f"\n$ {shlex.join(shown)}", flush=True)
    return subprocess.run(command, check=False, cwd=cwd, stdin=stdin).returncode


def _build_set(answers: KnownAnswers, out: Path) -> None:
    """The lab's set: digests of the three notable photographs, compiled."""
    listed = out.with_suffix(".txt")
    lines = [f"{known.sha256}  notable-{n}" for n, known in enumerate(answers.notable, 1)]
    listed.write_text("\n".join(lines) + "\n")
    run([SEEK, "hash-set", "build", str(listed), "--out", str(out),
         "--name", "demo notable set", "--kind", "notable"])  # fmt: skip


def _verify(bundle: Path) -> int:
    codes = [run([SEEK, "verify", str(bundle)])]
    print(f"\nThe same with stock tools, in {bundle}:")
    codes.append(run(["sha256sum", "--quiet", "-c", "manifest.sha256"], cwd=bundle))
    with (bundle / "manifest.sha256").open("rb") as manifest:
        codes.append(
            run(
                ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "signer",
                 "-n", "seek-bundle@v1", "-s", "manifest.sha256.sig"],
                cwd=bundle,
                stdin=manifest,
            )
        )  # fmt: skip
    if any(codes):
        return 1
    print(f"\nThe report for people: {bundle / 'report.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
