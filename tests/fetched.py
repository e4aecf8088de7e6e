"""Pictures of source packages that tests/fetch.sh has put into build/; never shipped."""

import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"


def package(name: str) -> Path:
    """Where the source package is, in the version that requirements/fetched.txt names."""
    lines = (ROOT / "requirements/fetched.txt").read_text().splitlines()
    (version,) = [
        line.removeprefix(f"{name}==").rstrip(" \\")
        for line in lines
        if line.startswith(f"{name}==")
    ]
    return BUILD / f"{name.replace('-', '_')}-{version}.tar.gz"


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
