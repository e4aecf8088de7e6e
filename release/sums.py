"""Digests of files, and SHA256SUMS, which holds those of all that is released."""

import hashlib
from pathlib import Path

NAME = "SHA256SUMS"


def write(out: Path) -> None:
    """Last of all, over everything else in the folder."""
    paths = sorted(path for path in out.iterdir() if path.name != NAME)
    (out / NAME).write_text("".join(f"{sha256(path)}  {path.name}\n" for path in paths))


def hold(sums: Path) -> bool:
    """Whether every file beside the sums is there, and what they say."""
    pairs = (line.split("  ", 1) for line in sums.read_text().splitlines())
    return all(
        (path := sums.with_name(name)).is_file() and sha256(path) == digest
        for digest, name in pairs
    )


def sha256(path: Path) -> str:
    """Of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
