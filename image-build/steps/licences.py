"""Says under which licences a Debian package or a wheel stands, in the words of those who packed it."""

from __future__ import annotations

import re
from email.message import Message
from pathlib import Path

MACHINE_READABLE = re.compile(r"\s*Format(-Specification)?:", re.IGNORECASE)
LICENCE_FIELD = re.compile(r"^License:[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)
COMMON_LICENCE = re.compile(r"/usr/share/common-licenses/[A-Za-z0-9.+-]*[A-Za-z0-9+]")
CLASSIFIER = "License :: OSI Approved :: "
LONGEST_NAME = 80  # some put the whole text where the name belongs


def of_package(root: Path, name: str) -> list[str]:
    """Names of the licences in a package's copyright file, or the paths of those that it refers to.

    None where the file only quotes their texts.
    """
    path = copyright_file(root, name)
    if path is None:
        return []
    text = path.read_text(errors="replace")
    if MACHINE_READABLE.match(text):
        return sorted({" ".join(found.split()) for found in LICENCE_FIELD.findall(text)})
    return sorted(set(COMMON_LICENCE.findall(text)))


def copyright_file(root: Path, name: str) -> Path | None:
    """The package's own, or that of the package whose folder its own is a link to; never one outside the root."""
    folder = root / "usr/share/doc" / name
    if folder.is_symlink():
        folder = folder.parent / folder.readlink().name
    path = folder / "copyright"
    if path.is_symlink():
        path = root / "usr/share/doc" / path.readlink().parent.name / "copyright"
    return path if path.is_file() and not path.is_symlink() else None


def of_wheel(fields: Message) -> str:
    """What a wheel's metadata say: the SPDX expression, else a short licence field, else the classifiers."""
    if expression := fields["License-Expression"]:
        return str(expression)
    if 0 < len(field := (fields["License"] or "").strip()) <= LONGEST_NAME and not field.startswith("Copyright"):
        return field
    classifiers = (str(value) for value in fields.get_all("Classifier", []))
    return " AND ".join(sorted(value.removeprefix(CLASSIFIER) for value in classifiers if value.startswith(CLASSIFIER)))
