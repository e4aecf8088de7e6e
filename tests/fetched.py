"""What tests/fetch.sh has put into build/: pictures of source packages, and axe; never shipped."""

import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"


def axe() -> str:
    """axe-core, a script that says what a page lacks for people who do not see it (MPL-2.0); empty
    if it was not fetched."""
    wheel = BUILD / f"axe_playwright_python-{_version('axe-playwright-python')}-py3-none-any.whl"
    if not wheel.exists():
        return ""
    with zipfile.ZipFile(wheel) as files:
        return files.read("axe_playwright_python/axe.min.js").decode("utf-8")


def package(name: str) -> Path:
    """Where the source package is, in the version that requirements/fetched.txt names."""
    return BUILD / f"{name.replace('-', '_')}-{_version(name)}.tar.gz"


def _version(name: str) -> str:
    lines = (ROOT / "requirements/fetched.txt").read_text().splitlines()
    (version,) = [
        line.removeprefix(f"{name}==").rstrip(" \\")
        for line in lines
        if line.startswith(f"{name}==")
    ]
    return version


def pictures_of(name: str) -> dict[str, bytes]:
    """What lies in its tests' folder of pictures, by path inside that; nothing if it was not
    fetched."""
    if not package(name).exists():
        return {}
    found: dict[str, bytes] = {}
    with tarfile.open(package(name)) as tar:
        for member in tar:
            _, there, path = member.name.partition("ests/images/")
            if there and member.isfile():
                content = tar.extractfile(member)
                assert content is not None
                found[path] = content.read()
    return found
