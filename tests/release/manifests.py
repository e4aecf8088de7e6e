"""The image's manifest, made by its own recipe of a root file system that this machine lends."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.release.checkouts import ROOT

MANIFEST = ROOT / "image-build/steps/manifest.py"
SITE_PACKAGES = [Path(path) for path in sys.path if Path(path).name == "site-packages"]
ARCHIVE = "cd" * 32
LOCK = ROOT / "requirements/run.txt"


def locked() -> dict[str, tuple[str, str]]:
    """Each package of the lock with its version and the first of its digests."""
    text = LOCK.read_text()
    found = re.findall(r"^([\w.-]+)==(\S+).*?sha256:([0-9a-f]{64})", text, re.MULTILINE | re.DOTALL)
    return {name: (version, digest) for name, version, digest in found}


def lend_root(root: Path) -> None:
    """Debian's records of this machine, and the locked distributions that are installed here."""
    for name in ("var/lib/dpkg", "usr/share/doc"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(Path("/") / name)
    (root / "etc").mkdir()
    (root / "etc/os-release").write_text('NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="13"\n')
    packages = root / "opt/seek/lib/site-packages"
    packages.mkdir(parents=True)
    names = {name.replace("-", "_") for name in locked()}
    for folder in (path for place in SITE_PACKAGES for path in place.glob("*.dist-info")):
        if folder.name.split("-")[0].lower().replace(".", "_") in names:
            (packages / folder.name).symlink_to(folder)
            beside = folder.with_name(f"{folder.name.split('-')[0]}.libs")
            if beside.is_dir():
                (packages / beside.name).symlink_to(beside)


def list_archives(lists: Path) -> Path:
    """What a mirror would say of this machine's packages; it has older versions, too."""
    form = "Package: ${Package}\nVersion: ${Version}\nArchitecture: ${Architecture}\n"
    listed = subprocess.run(
        ["dpkg-query", "--show", f"--showformat={form}SHA256: {ARCHIVE}\n\n"],
        check=True,
        capture_output=True,
        text=True,
    )
    lists.mkdir()
    (lists / "main_Packages").write_text(listed.stdout)
    (lists / "updates_Packages").write_text(
        re.sub(r"(Version: .*)\n(.*)\nSHA256: .*", r"\1+older\n\2\nSHA256: 00", listed.stdout)
    )
    return lists


def install(wheel: Path, root: Path) -> Path:
    """As the image's recipe installs seek itself; returns what pip reports."""
    report = root.with_name("seek.json")
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    options = ["--no-compile", "--no-deps", "--no-index", "--ignore-installed"]
    target = root / "opt/seek/lib/site-packages"
    places = [
        f"--report={report}",
        f"--target={target}",
        "--upgrade",
        f"--find-links={wheel.parent}",
    ]
    subprocess.run([*command, *options, *places, "seek-triage"], check=True)
    return report


def report_locked(path: Path) -> Path:
    """What pip would report of the locked wheels: they are not fetched anew here."""
    entries = [
        {
            "download_info": {
                "url": f"https://index.example/{name}-{version}.whl",
                "archive_info": {"hashes": {"sha256": digest}},
            },
            "metadata": {"name": name},
        }
        for name, (version, digest) in locked().items()
    ]
    path.write_text(json.dumps({"install": entries}))
    return path


def make(folder: Path, wheel: Path) -> dict[str, Any]:
    """The manifest; its boot files have the form in which the recipe leaves them."""
    root, boot, medium = folder / "root", folder / "boot-files", folder / "medium"
    lend_root(root)
    reports = [install(wheel, root), report_locked(folder / "wheels.json")]
    (boot / "var/lib/dpkg").mkdir(parents=True)
    (boot / "usr/share/doc/shim-signed").mkdir(parents=True)
    (boot / "usr/share/doc/shim-signed/copyright").write_text(
        "Format: x\n\nLicense: BSD-2-Clause\n"
    )
    (boot / "var/lib/dpkg/status").write_text(
        "Package: shim-signed\nVersion: 1:1.2+x\nArchitecture: amd64\nSHA256: " + "ab" * 32 + "\n\n"
    )
    (medium / "boot").mkdir(parents=True)
    (medium / "boot/vmlinuz").write_bytes(b"a kernel")
    given = {
        "root": root,
        "boot-files": boot,
        "medium": medium,
        "lock": LOCK,
        "lists": list_archives(folder / "lists"),
    }
    named = {"build": "20260131-0123456789ab", "root-hash": "cd" * 32}
    options = [f"--{name}={value}" for name, value in (given | named).items()]
    installed = [f"--installed={report}" for report in reports]
    command = [sys.executable, str(MANIFEST), *options, *installed]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    manifest: dict[str, Any] = json.loads(made)
    return manifest
