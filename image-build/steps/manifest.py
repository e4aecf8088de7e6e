"""Lists what the image holds: every package, wheel, kernel module and model, with version and SHA-256."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

MODEL_ENDINGS = (".onnx", ".tflite")


def main() -> None:
    """Print the manifest as JSON."""
    arguments = read_arguments()
    print(json.dumps(manifest(arguments), indent=1, sort_keys=True))


def read_arguments() -> argparse.Namespace:
    """Read the folders and names that the build passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("root", "boot-files", "medium", "lock"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("build", "root-hash"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()


def manifest(arguments: argparse.Namespace) -> dict[str, object]:
    """Gather the parts of the manifest."""
    root: Path = arguments.root
    return {
        "format": "seek-image-manifest 1",
        "build": arguments.build,
        "root_hash": arguments.root_hash,
        "lock_sha256": sha256(arguments.lock),
        "packages": list(packages(root)),
        "boot_packages": list(packages(arguments.boot_files)),
        "wheels": list(wheels(root)),
        "modules": [described(path, root) for path in sorted((root / "usr/lib/modules").rglob("*.ko*"))],
        "models": [described(path, root) for path in files(root / "opt") if path.suffix in MODEL_ENDINGS],
        "write_block": [described(path, root) for path in files(root / "usr/lib/seek") if path.suffix != ".pyc"],
        "medium": [described(path, arguments.medium) for path in files(arguments.medium)],
    }


def packages(root: Path) -> Iterator[dict[str, str]]:
    """List the Debian packages of a root file system; the digest is that of the package's own list of digests."""
    for paragraph in (root / "var/lib/dpkg/status").read_text().split("\n\n"):
        fields = HeaderParser().parsestr(paragraph)
        if not fields["Package"]:
            continue
        name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
        yield {"name": name, "version": version, "architecture": architecture, "sha256": digests_of(root, name)}


def digests_of(root: Path, name: str) -> str:
    """Hash dpkg's list of the package's files and their digests; empty for the few packages that have none."""
    for candidate in sorted((root / "var/lib/dpkg/info").glob(f"{name}*.md5sums")):
        if candidate.name.split(".md5sums")[0].split(":")[0] == name:
            return sha256(candidate)
    return ""


def wheels(root: Path) -> Iterator[dict[str, str]]:
    """List the Python distributions under /opt/seek; the digest is that of RECORD, which lists every file's."""
    for folder in sorted((root / "opt/seek").rglob("*.dist-info")):
        fields = HeaderParser().parsestr((folder / "METADATA").read_text(errors="replace"))
        yield {"name": fields["Name"], "version": fields["Version"], "record_sha256": sha256(folder / "RECORD")}


def files(folder: Path) -> list[Path]:
    """Every regular file below a folder, in a fixed order."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def described(path: Path, root: Path) -> dict[str, object]:
    """Name, size and digest of one file."""
    return {"path": str(path.relative_to(root)), "size": path.stat().st_size, "sha256": sha256(path)}


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    main()
