"""Lists what the image holds: every package, wheel, kernel module and model, with version and SHA-256."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

import licences

MODEL_ENDINGS = (".onnx", ".tflite")
WHAT_NAMES_AN_ARCHIVE = {"Package", "Version", "Architecture", "SHA256"}


def main() -> None:
    """Print the manifest as JSON."""
    arguments = read_arguments()
    print(json.dumps(manifest(arguments), indent=1, sort_keys=True))


def read_arguments() -> argparse.Namespace:
    """Read the folders and names that the build passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("root", "boot-files", "medium", "lock", "lists"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("build", "root-hash"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--installed", type=Path, action="append", required=True, help="what pip reports of an installation")
    return parser.parse_args()


def manifest(arguments: argparse.Namespace) -> dict[str, object]:
    """Gather the parts of the manifest."""
    root: Path = arguments.root
    return {
        "format": "seek-image-manifest 1",
        "build": arguments.build,
        "root_hash": arguments.root_hash,
        "distribution": distribution(root),
        "lock_sha256": sha256(arguments.lock),
        "packages": list(packages(root, debian_archives(arguments.lists))),
        "boot_packages": list(packages(arguments.boot_files, {})),
        "wheels": list(wheels(root, archives(arguments.installed))),
        "modules": [described(path, root) for path in sorted((root / "usr/lib/modules").rglob("*.ko*"))],
        "firmware": [described(path, root) for path in files(root / "usr/lib/firmware")],
        "models": [described(path, root) for path in files(root / "opt") if path.suffix in MODEL_ENDINGS],
        "write_block": [described(path, root) for path in files(root / "usr/lib/seek") if path.suffix != ".pyc"],
        "medium": [described(path, arguments.medium) for path in files(arguments.medium)],
    }


def distribution(root: Path) -> str:
    """Name and number of what the root file system is, as package addresses have it: debian-13."""
    fields = dict(line.split("=", 1) for line in (root / "etc/os-release").read_text().splitlines() if "=" in line)
    return "{ID}-{VERSION_ID}".format(**{name: value.strip('"') for name, value in fields.items()})


Archive = tuple[str, str, str]
"""Of a Debian package: name, version, architecture."""


def packages(root: Path, archives: dict[Archive, str]) -> Iterator[dict[str, object]]:
    """List the Debian packages of a root file system, each with the SHA-256 of its archive.

    Of boot files, which are unpacked and not installed, the record has it; of installed packages the mirrors' lists.
    """
    for paragraph in (root / "var/lib/dpkg/status").read_text().split("\n\n"):
        fields = HeaderParser().parsestr(paragraph)
        if not fields["Package"]:
            continue
        name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
        yield {
            "name": name,
            "version": version,
            "architecture": architecture,
            "source": fields["Source"] or name,
            "licences": licences.of_package(root, name),
            "sha256": fields["SHA256"] or archives[name, version, architecture],
        }


def debian_archives(lists: Path) -> dict[Archive, str]:
    """What mirrors say of their archives: the SHA-256 of each."""
    found: dict[Archive, str] = {}
    for path in sorted(lists.iterdir()):
        fields: dict[str, str] = {}
        with path.open() as lines:
            for line in lines:
                name, _, value = line.rstrip("\n").partition(": ")
                if name in WHAT_NAMES_AN_ARCHIVE:
                    fields[name] = value
                elif not name and fields:
                    found[fields["Package"], fields["Version"], fields["Architecture"]] = fields["SHA256"]
                    fields = {}
    return found


def wheels(root: Path, archives: dict[str, tuple[str, str]]) -> Iterator[dict[str, object]]:
    """List the Python distributions under /opt/seek; record_sha256 is that of RECORD, which lists every file's."""
    for folder in sorted((root / "opt/seek").rglob("*.dist-info")):
        fields = HeaderParser().parsestr((folder / "METADATA").read_text(errors="replace"))
        file, digest = archives[canonical(fields["Name"])]
        yield {
            "name": fields["Name"],
            "version": fields["Version"],
            "licence": licences.of_wheel(fields),
            "file": file,
            "sha256": digest,
            "record_sha256": sha256(folder / "RECORD"),
            "libraries": list(libraries(folder, root)),
            "inside": [part for path in sorted((folder / "sboms").glob("*.json")) for part in parts(path)],
        }


def libraries(folder: Path, root: Path) -> Iterator[dict[str, object]]:
    """List the shared libraries that a distribution brings along beside its own modules, as they are on the image."""
    for line in (folder / "RECORD").read_text().splitlines():
        name = line.split(",")[0]
        if re.fullmatch(r"[^/]+\.libs/[^/]+\.so[^/]*", name):
            yield described(folder.parent / name, root)


def archives(reports: list[Path]) -> dict[str, tuple[str, str]]:
    """From pip's reports: the file that each distribution was installed from, and its digest."""
    found = {}
    for report in reports:
        for entry in json.loads(report.read_text())["install"]:
            source = entry["download_info"]
            told = source["archive_info"]
            # pip before 23.1 has "hashes" only of what an index told it; "hash" is the older form, and will go
            digest = told.get("hashes", {}).get("sha256") or told["hash"].removeprefix("sha256=")
            found[canonical(entry["metadata"]["name"])] = (source["url"].rpartition("/")[2], digest)
    return found


def canonical(name: str) -> str:
    """A distribution's name as indexes and lock files spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parts(path: Path) -> Iterator[dict[str, str]]:
    """What a wheel says is inside it (PEP 770), where it says so in CycloneDX; not the wheel itself."""
    for component in json.loads(path.read_text()).get("components", []):
        if not component.get("purl", "").startswith("pkg:pypi/"):
            yield {key: component[key] for key in ("name", "version", "purl") if component.get(key)}


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
