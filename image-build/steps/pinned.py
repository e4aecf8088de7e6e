"""Builds with the very Debian packages of an earlier image, while some mirror still has them: its manifest says which.

pinned.py preferences MANIFEST KEY         what apt is to prefer, as it reads it (apt_preferences(5))
pinned.py check MANIFEST KEY STATUS        an error that names each package that is another one

KEY is `packages` (installed in the root file system) or `boot_packages` (unpacked for the medium); STATUS is dpkg's record.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

ABOVE_ALL = 1001
"""A priority over 1000 takes this version even where it is older than another."""


def main() -> int:
    """Print the preferences, or say what differs."""
    verb, manifest, key, *rest = sys.argv[1:]
    wanted = versions_told(Path(manifest), key)
    if verb == "preferences":
        print(preferences(wanted))
        return 0
    differing = list(differences(wanted, versions_there(Path(rest[0]))))
    if differing:
        print(f"error: these are not the packages of {manifest}:", *differing, sep="\n  ", file=sys.stderr)
        print("hint:  name a mirror that still has them, a line of apt each: SEEK_APT_LINES=FILE", file=sys.stderr)
    return 1 if differing else 0


def versions_told(manifest: Path, key: str) -> dict[str, str]:
    """By `name:architecture`, the versions in a manifest."""
    return {f"{each['name']}:{each['architecture']}": each["version"] for each in json.loads(manifest.read_text())[key]}


def versions_there(status: Path) -> dict[str, str]:
    """The same in dpkg's record of a root file system."""
    paragraphs = (HeaderParser().parsestr(text) for text in status.read_text().split("\n\n"))
    return {f"{each['Package']}:{each['Architecture']}": each["Version"] for each in paragraphs if each["Package"]}


def preferences(wanted: dict[str, str]) -> str:
    """One paragraph a package."""
    lines = (
        f"Package: {name.partition(':')[0]}\nPin: version {version}\nPin-Priority: {ABOVE_ALL}\n"
        for name, version in sorted(wanted.items())
    )
    return "\n".join(lines)


def differences(wanted: dict[str, str], there: dict[str, str]) -> Iterator[str]:
    """A line for each package that is missing, too many, or of another version."""
    for name in sorted(wanted.keys() | there.keys()):
        if wanted.get(name) != there.get(name):
            yield f"{name}: {wanted.get(name, 'none')} then, {there.get(name, 'none')} now"


if __name__ == "__main__":
    sys.exit(main())
