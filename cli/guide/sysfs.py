"""The kernel's small files below /sys: each holds a word or a line."""

from pathlib import Path


def text(path: Path) -> str:
    """What is in one; empty where it is not there, or is not told."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
